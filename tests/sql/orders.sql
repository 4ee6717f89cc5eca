-- Orders and groups of filter columns: where the rows are resident, SQLite sorts nothing.
create virtual table v using vss0(e(1), topic text collate nocase, n, d real, note text collate rtrim);
insert into v(rowid, e, topic, n, d, note) values
  (1, '[1]', 'Food', 2, 1.5, 'a '), (2, '[2]', 'art', 1.0, -0.0, 'a'), (3, '[3]', null, 1, 0.0, 'b'),
  (4, '[4]', 'food', null, -2.5, null), (5, '[5]', 'ART', 'x', null, 'a  '), (6, '[6]', 'art', x'00', 1e300, 'A');

explain query plan select topic, count(*) from v group by topic;
-- > SCAN v VIRTUAL TABLE INDEX 0:<1N;u1;|every row by topic
select topic, count(*) from v group by topic;
-- > NULL|1
-- > art|3
-- > Food|2
explain query plan select rowid from v order by topic desc, n, rowid;
-- > SCAN v VIRTUAL TABLE INDEX 0:>1N;<2;u3;|every row by topic desc, n
select rowid from v order by topic desc, n, rowid;
-- > 4
-- > 1
-- > 2
-- > 5
-- > 6
-- > 3
explain query plan select rowid from v where d < 5 order by note, rowid desc;
-- > SCAN v VIRTUAL TABLE INDEX 32:f3c;<4R;u12;|rows by note, rowid desc; bitmap: d <
select rowid from v where d < 5 order by note, rowid desc;
-- > 4
-- > 2
-- > 1
-- > 3
-- 1 and 1.0 are one group, and NULL, text and BLOB are others. The first row of a group is the lowest.
explain query plan select n, count(*), min(rowid) from v group by n order by n desc;
-- > SCAN v VIRTUAL TABLE INDEX 0:>2;u2;|every row by n desc
select quote(n), count(*), min(rowid) from v group by n order by n desc;
-- > X'00'|1|6
-- > 'x'|1|5
-- > 2|1|1
-- > 1.0|2|2
-- > NULL|1|4
select quote(n), typeof(n) from v where n = 1 order by n, rowid;
-- > 1.0|real
-- > 1|integer
-- -0.0 equals 0.0.
select d, rowid from v order by d, rowid;
-- > NULL|5
-- > -2.5|4
-- > 0|2
-- > 0|3
-- > 1.5|1
-- > 1e+300|6
explain query plan select distinct topic, note from v;
-- > SCAN v VIRTUAL TABLE INDEX 0:<1N;<4R;u9;|every row by topic, note
select count(*) from (select distinct topic, note from v);
-- > 5
explain query plan select max(topic) from v;
-- > SEARCH v VIRTUAL TABLE INDEX 0:>1N;u1;|every row by topic desc
select max(topic), min(topic), rowid from v where rowid < 6;
-- > Food|art|2
explain query plan select rowid from v order by rowid, n desc;
-- > SCAN v VIRTUAL TABLE INDEX 0:u2;|every row

-- SQLite sorts by anything else: another collation, NULLs at the other end, a vector, an expression.
explain query plan select rowid from v order by topic collate binary;
-- > SCAN v VIRTUAL TABLE INDEX 0:u1;|every row
-- > USE TEMP B-TREE FOR ORDER BY
explain query plan select rowid from v order by n nulls last;
-- > SCAN v VIRTUAL TABLE INDEX 0:u2;|every row
-- > USE TEMP B-TREE FOR ORDER BY
explain query plan select rowid from v order by topic, e;
-- > SCAN v VIRTUAL TABLE INDEX 0:u1;|every row
-- > USE TEMP B-TREE FOR ORDER BY
explain query plan select count(*) from v group by topic, n + 1;
-- > SCAN v VIRTUAL TABLE INDEX 0:u3;|every row
-- > USE TEMP B-TREE FOR GROUP BY
explain query plan select rowid from v order by topic, distance;
-- > SCAN v VIRTUAL TABLE INDEX 0:u1;|every row
-- > USE TEMP B-TREE FOR ORDER BY
-- A search has an order of its own.
explain query plan select rowid from v where vss_search(e, '[0]') order by topic;
-- > SCAN v VIRTUAL TABLE INDEX 2:s0;|nearest first by e, streaming
-- > USE TEMP B-TREE FOR ORDER BY
-- The order of a join is that of the table that comes first.
create table other(id integer primary key, topic text);
insert into other values (1, 'ART'), (2, 'food'), (3, 'none');
select v.rowid, other.id from v cross join other on other.id < v.n where v.n < 9 order by v.topic, v.rowid, other.id;
-- > 1|1
select v.rowid, other.id from other cross join v on v.topic = other.topic order by v.topic, v.rowid;
-- > 2|1
-- > 5|1
-- > 6|1
-- > 1|2
-- > 4|2

-- Few rows are sorted by SQLite rather than that a column is loaded for them.
create virtual table w using vss0(e(1), a integer, b integer);
with recursive i(i) as (select 1 union all select i + 1 from i where i < 100) insert into w(e, a, b) select '[1]', i % 7, i % 5 from i;
explain query plan select a from w where rowid between 1 and 2 order by a;
-- > SCAN w VIRTUAL TABLE INDEX 0:if;id;u1;|rows by rowid; bitmap: rowid >=, rowid <=
-- > USE TEMP B-TREE FOR ORDER BY
explain query plan select a, b from w order by a, b;
-- > SCAN w VIRTUAL TABLE INDEX 0:<1;<2;u3;|every row by a, b
select a, b, group_concat(rowid) from w where b < 1 group by a, b limit 2;
-- > 0|0|35,70
-- > 1|0|15,50,85
explain query plan select a from w where rowid between 1 and 2 order by a;
-- > SCAN w VIRTUAL TABLE INDEX 0:if;id;<1;u1;|rows by a; bitmap: rowid >=, rowid <=

-- Rows that change while they are handed out are given as they are, each once.
create table log(id integer, n integer);
create temp trigger change after insert on log begin
  update w set a = 9 - a where rowid = new.id + 7;
  delete from w where rowid = new.id - 7;
end;
insert into log select rowid, a from w where rowid > 80 order by a, rowid;
select count(*), count(distinct id) from log;
-- > 20|20
pragma integrity_check;
-- > ok

-- An integer key is the rowid, and a text key a column. Rows that are looked up by a key are sorted by SQLite.
create virtual table number_key using vss0(id integer primary key, e(1), topic text);
insert into number_key values (3, '[1]', 'b'), (1, '[2]', 'a'), (2, '[3]', 'b');
explain query plan select id from number_key order by topic desc, id desc;
-- > SCAN number_key VIRTUAL TABLE INDEX 32:>2;u2;|every row by topic desc, rowid desc
select id, topic from number_key order by topic desc, id desc;
-- > 3|b
-- > 2|b
-- > 1|a
create virtual table text_key using vss0(id text primary key, e(1), topic text);
insert into text_key values ('x', '[1]', 'b'), ('z', '[2]', 'a'), ('y', '[3]', 'b');
explain query plan select id from text_key order by id desc;
-- > SCAN text_key VIRTUAL TABLE INDEX 0:>0;u1;|every row by id desc
select id, topic from text_key order by topic, id desc;
-- > z|a
-- > y|b
-- > x|b
explain query plan select id from text_key where id in ('x', 'z') order by topic;
-- > SCAN text_key VIRTUAL TABLE INDEX 0:f0k*;u3;|rows by id; look-up: id in (re-checked)
-- > USE TEMP B-TREE FOR ORDER BY
select id from text_key where id in ('x', 'z') order by topic;
-- > z
-- > x
explain query plan select topic, count(*) from text_key where id > 'x' group by topic;
-- > SCAN text_key VIRTUAL TABLE INDEX 0:f0eT;<2;u3;|rows by topic; bitmap: id >
