-- EXPLAIN QUERY PLAN says what a plan does. Rows that come in the wanted order are not sorted.
create virtual table v using vss0(e(2), topic text, n integer);
create table o(id integer primary key, author);
explain query plan select rowid from v where vss_search(e, '[0, 0]') limit 5;
-- > SCAN v VIRTUAL TABLE INDEX 2:s0;l;|nearest first by e, top-k from LIMIT
explain query plan select rowid from v where vss_search(e, '[0, 0]') order by distance limit 5;
-- > SCAN v VIRTUAL TABLE INDEX 2:s0;l;|nearest first by e, top-k from LIMIT
explain query plan select rowid from v where vss_search(e, '[0, 0]') order by distance, rowid;
-- > SCAN v VIRTUAL TABLE INDEX 2:s0;|nearest first by e, streaming
explain query plan select rowid from v where vss_search(e, '[0, 0]') order by distance desc limit 5;
-- > SCAN v VIRTUAL TABLE INDEX 2:s0;|nearest first by e, streaming
-- > USE TEMP B-TREE FOR ORDER BY
explain query plan select rowid from v where vss_search(e, vss_search_params('[0, 0]', 5));
-- > SCAN v VIRTUAL TABLE INDEX 2:s0;|nearest first by e, streaming
explain query plan select rowid from v where e match '[0, 0]' and k = 5;
-- > SCAN v VIRTUAL TABLE INDEX 2:s0;k;|nearest first by e, top k
explain query plan select rowid from v where vss_search(e, '[0, 0]') and n > 5 and rowid <> 3 limit 5;
-- > SCAN v VIRTUAL TABLE INDEX 2:s0;f2e;ib;l;|nearest first by e, top-k from LIMIT; bitmap: n >, rowid != (re-checked)
explain query plan select rowid from v where vss_search(e, '[0, 0]') and topic in ('a', 'b') limit 5;
-- > SCAN v VIRTUAL TABLE INDEX 2:s0;f1k*;l;|nearest first by e, top-k from LIMIT; bitmap: topic in (re-checked)
explain query plan select rowid from v where vss_search(e, '[0, 0]') and topic like 'a%' and distance < 5 limit 5;
-- > SCAN v VIRTUAL TABLE INDEX 2:s0;dc;f1fNT;f1cNT;f1L;l;|nearest first by e, top-k from LIMIT; bitmap: distance <, topic >= (re-checked), topic < (re-checked), topic like (re-checked)
explain query plan select rowid from v where vss_search(e, '[0, 0]') and (topic = 'a' or n = 3) limit 5;
-- > SCAN v VIRTUAL TABLE INDEX 2:s0;|nearest first by e, streaming
explain query plan select rowid from v where vss_search(e, '[0, 0]') and rowid in (select id from o) limit 5;
-- > SCAN v VIRTUAL TABLE INDEX 2:s0;ik*;l;|nearest first by e, top-k from LIMIT; bitmap: rowid in
-- > LIST SUBQUERY 1
-- > SCAN o
explain query plan select rowid from v where vss_range_search(e, vss_range_search_params('[0, 0]', 5));
-- > SCAN v VIRTUAL TABLE INDEX 2:r0;|range, nearest first by e, streaming
explain query plan select v.rowid from o join v on v.rowid = o.id where vss_search(e, '[0, 0]') limit 5;
-- > SCAN v VIRTUAL TABLE INDEX 2:s0;|nearest first by e, streaming
-- > SEARCH o USING INTEGER PRIMARY KEY (rowid=?)
explain query plan select rowid from v where rowid = 5;
-- > SCAN v VIRTUAL TABLE INDEX 1:e;|rowid
explain query plan select rowid from v order by rowid;
-- > SCAN v VIRTUAL TABLE INDEX 0:u0;|every row
