-- A join in which another table names the rows of a search: they are looked up, where that costs less.
create virtual table v using vss0(e(1), tenant integer, name text collate nocase, n integer);
with recursive i(i) as (select 1 union all select i + 1 from i where i < 400)
insert into v(rowid, e, tenant, name, n) select i, '[' || i || ']', i % 40, 'Name' || (i % 50), i % 7 from i;
create table d(id integer primary key, owner text, tenant, name text);
with recursive i(i) as (select 1 union all select i + 1 from i where i < 400)
insert into d select i, iif(i % 100 = 0, 'me', 'you' || (i % 3)), i % 40, 'NAME' || (i % 50) from i;
create index d_owner on d(owner);
analyze;
-- ANALYZE knows the average alone, 100 rows per owner here. It is told of 4.
update sqlite_stat1 set stat = '400 4' where idx = 'd_owner';
analyze sqlite_schema;

-- The rows of one owner drive. The order costs a sort of four rows.
explain query plan select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[210]') order by v.distance limit 3;
-- > SEARCH d USING COVERING INDEX d_owner (owner=?)
-- > SCAN v VIRTUAL TABLE INDEX 2:s0;ia;|nearest first by e, streaming; look-up: rowid =
-- > USE TEMP B-TREE FOR ORDER BY
select v.rowid, v.distance from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[210]') order by v.distance limit 3;
-- > 200|100
-- > 300|8100
-- > 100|12100
-- Where all rows pass, the search drives; and so it does without ORDER BY.
explain query plan select v.rowid from v join d on d.id = v.rowid where vss_search(v.e, '[210]') order by v.distance limit 3;
-- > SCAN v VIRTUAL TABLE INDEX 2:s0;|nearest first by e, streaming
-- > SEARCH d USING INTEGER PRIMARY KEY (rowid=?)
explain query plan select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[210]') limit 3;
-- > SCAN v VIRTUAL TABLE INDEX 2:s0;|nearest first by e, streaming
-- > SEARCH d USING INTEGER PRIMARY KEY (rowid=?)
select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[210]') limit 3;
-- > 200
-- > 300
-- > 100
-- With other terms, which stand in the bitmap or come from d as well.
explain query plan select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and v.n > 1 and v.tenant >= d.tenant and vss_search(v.e, '[210]') order by v.distance;
-- > SEARCH d USING INDEX d_owner (owner=?)
-- > SCAN v VIRTUAL TABLE INDEX 2:s0;f3e;f1f;ia;|nearest first by e, streaming; look-up: rowid =; bitmap: n >, tenant >=
-- > USE TEMP B-TREE FOR ORDER BY
select v.rowid, v.n from v join d on d.id = v.rowid where d.owner = 'me' and v.n > 1 and v.tenant >= d.tenant and vss_search(v.e, '[210]') order by v.distance;
-- > 200|4
-- > 300|6
-- > 100|2
select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and v.tenant > d.tenant and vss_search(v.e, '[210]') order by v.distance;
select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and v.distance < d.id * 50 and vss_search(v.e, '[210]') order by v.distance;
-- > 200
-- > 300
select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and v.distance between 100 and 9000 and vss_search(v.e, '[210]') order by v.distance;
-- > 200
-- > 300

-- By the value of a filter column: a few entries, and many (with postings).
select v.rowid, v.distance from d cross join v on v.tenant = d.tenant where d.id in (3, 7) and vss_search(v.e, '[100]') order by v.distance, v.rowid limit 4;
-- > 87|169
-- > 83|289
-- > 123|529
-- > 127|729
select v.rowid, v.distance from d cross join v on v.tenant = d.tenant where d.id between 1 and 12 and v.n = 3 and vss_search(v.e, '[100]') order by v.distance, v.rowid limit 4;
-- > 87|169
-- > 122|484
-- > 129|841
-- > 52|2304
select count(*), sum(v.distance) from d cross join v on v.name = d.name where d.id between 1 and 12 and vss_search(v.e, '[100]');
-- > 96|1898800
select count(*), sum((v.rowid - 100) * (v.rowid - 100)) from d cross join v on v.name = +d.name collate nocase where d.id between 1 and 12;
-- > 96|1898800
select count(*), sum(v.distance) from d cross join v on v.name = d.name where vss_search(v.e, '[100]');
-- > 3200|74987200
select count(*), sum((v.rowid - 100) * (v.rowid - 100)) from d cross join v on v.name = +d.name collate nocase;
-- > 3200|74987200
select count(*), sum(v.distance) from d cross join v on v.tenant = d.tenant where v.n = 3 and vss_search(v.e, '[100]');
-- > 570|13146290
select count(*), sum((v.rowid - 100) * (v.rowid - 100)) from d cross join v on v.tenant = +d.tenant where v.n = 3;
-- > 570|13146290
-- A number against a text column, a text against a number, NULL and a BLOB.
create table odd(x);
insert into odd values (1), ('1'), (1.0), ('1.0'), (null), (x'31'), ('Name1'), (1.5), (9e99), ('one');
select odd.x, count(*), min(v.rowid) from odd join v on v.tenant = odd.x where vss_search(v.e, '[0]') group by odd.rowid;
-- > 1|10|1
-- > 1|10|1
-- > 1|10|1
-- > 1.0|10|1
select odd.x, count(*), min(v.rowid) from odd join v on v.rowid = odd.x where vss_search(v.e, '[0]') group by odd.rowid;
-- > 1|1|1
-- > 1|1|1
-- > 1|1|1
-- > 1.0|1|1
select odd.x, count(*), min(v.rowid) from odd join v on v.name = odd.x where vss_search(v.e, '[0]') group by odd.rowid;
-- > Name1|8|1

-- With k, the k nearest rows are those of the terms that do not come from d, whichever table comes first.
explain query plan select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, vss_search_params('[210]', 15)) order by v.distance;
-- > SEARCH d USING COVERING INDEX d_owner (owner=?)
-- > SCAN v VIRTUAL TABLE INDEX 2:s0;ia;|nearest first by e, streaming; look-up: rowid =
-- > USE TEMP B-TREE FOR ORDER BY
select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, vss_search_params('[210]', 15)) order by v.distance;
select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, vss_search_params('[210]', 20)) order by v.distance;
-- > 200
select v.rowid from v cross join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, vss_search_params('[210]', 20)) order by v.distance;
-- > 200
select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and v.n in (4, 6) and vss_search(v.e, vss_search_params('[210]', 40)) order by v.distance;
-- > 200
select v.rowid from d cross join v on v.rowid = d.id where d.owner = 'me' and v.e match '[210]' and v.k = 20 order by v.distance;
-- > 200
select v.rowid from d cross join v on v.rowid = d.id where d.owner = 'me' and v.e match '[210]' and v.k = 0 order by v.distance;
select d.id, v.rowid from d left join v on v.rowid = d.id and vss_search(v.e, vss_search_params('[210]', 20)) where d.owner = 'me';
-- > 100|NULL
-- > 200|200
-- > 300|NULL
-- > 400|NULL
select count(*) from d cross join v on v.tenant = d.tenant where d.id between 1 and 12 and vss_search(v.e, vss_search_params('[100]', 41));
-- > 12
-- Where the query or k comes from d, each of its rows has k rows of its own.
select d.id, v.rowid from d join v on vss_search(v.e, vss_search_params('[' || d.id || ']', 2)) and v.tenant = d.tenant where d.owner = 'me' order by d.id, v.distance, v.rowid;
-- > 100|100
-- > 100|60
-- > 200|200
-- > 200|160
-- > 300|300
-- > 300|260
-- > 400|400
-- > 400|360
select d.id, (select group_concat(r) from (select v.rowid as r from v where vss_search(v.e, vss_search_params('[100]', 2)) and v.tenant = d.tenant)) from d where d.owner = 'me';
-- > 100|100,60
-- > 200|80,120
-- > 300|100,60
-- > 400|80,120
-- The distance of a pair, of a query that moves with the row.
select d.id, v.distance from d join v on v.rowid = d.id + 1 and vss_search(v.e, '[' || d.id || ']') where d.owner = 'me' order by d.id;
-- > 100|1
-- > 200|1
-- > 300|1

-- What the statement itself writes is seen or not, but nothing breaks: a trigger moves the rows that are looked up.
create table log(id integer, distance real);
create temp trigger move after insert on log begin
  update v set e = '[0]', tenant = 99 where rowid = new.id;
end;
insert into log select v.rowid, v.distance from d cross join v on v.tenant = d.tenant where d.id in (3, 4, 5, 6, 7, 8, 9) and v.n = 3 and vss_search(v.e, '[100]') order by d.id;
select count(*), count(distinct id) from log;
-- > 10|10
select count(*) from v where vss_search(e, '[0]') and tenant = 99 and distance = 0;
-- > 10
pragma integrity_check;
-- > ok
-- An argument of a wrong kind is an error at the first entry.
select v.rowid from d cross join v on v.rowid = d.id where d.owner = 'me' and vss_search(v.e, '[1, 2]') order by v.distance;
-- error: vss0 v.e: vector has 2 components, expected 1
select v.rowid from d cross join v on v.rowid = d.id where d.owner = 'me' and vss_search(v.e, vss_search_params('[1]', -1)) order by v.distance;
-- error: vss0 v.e: k is -1, expected an integer of 0 or more

-- A row value with IN is not taken apart where SQLite would compare text as it should not; numbers may be.
create virtual table u using vss0(e(1), name text, n integer);
insert into u(rowid, e, name, n) select id, '[' || id || ']', id, id from d;
create table pairs(x, y int);
insert into pairs values (5, 5), ('7', 7), (9, 9), (11, 12);
select u.rowid from u where vss_search(u.e, '[0]') and (u.name, u.n) in (select x, y from pairs) order by u.distance;
-- > 7
select u.rowid from u where vss_search(u.e, '[0]') and (u.n, u.rowid) in (select x, y from pairs) order by u.distance;
-- > 5
-- > 7
-- > 9
select u.rowid from u where vss_search(u.e, '[0]') and (u.name, 7) in (select x, y from pairs) order by u.distance;
-- error: vss0 u.name: `(name, ...) in (select ...)` member by member, expected `exists (select ...)`
select u.rowid from u where vss_search(u.e, '[0]') and exists (select 1 from pairs where x = u.name and y = 7) order by u.distance;
-- > 7
select u.rowid from u where vss_search(u.e, '[0]') and (u.n, 7) in (select x, y from pairs) order by u.distance;
-- > 7
select u.rowid from u where vss_search(u.e, vss_search_params('[0]', 6)) and (u.n, 7) in (select x, y from pairs) order by u.distance;
select u.rowid from u where vss_search(u.e, vss_search_params('[0]', 7)) and (u.n, 7) in (select x, y from pairs) order by u.distance;
-- > 7
-- Two terms of a join that look like such a pair: the search drives.
explain query plan select u.rowid from u join d on u.name = d.name and u.n = d.id where d.owner = 'me' and vss_search(u.e, '[0]') order by u.distance;
-- > SCAN u VIRTUAL TABLE INDEX 2:s0;|nearest first by e, streaming
-- > SEARCH d USING INTEGER PRIMARY KEY (rowid=?)

-- An OR of terms that name rows is not planned branch by branch: the search has to be entered.
explain query plan select u.rowid from u where (u.rowid = abs(4) or (u.name not like '3%' and u.rowid = abs(2))) and vss_search(u.e, '[0]') order by u.distance;
-- > SCAN u VIRTUAL TABLE INDEX 2:s0;|nearest first by e, streaming
select u.rowid from u where (u.rowid = abs(4) or (u.name not like '3%' and u.rowid = abs(2))) and vss_search(u.e, '[0]') order by u.distance;
-- > 2
-- > 4
select u.rowid, d.id from d join u on u.rowid = d.id or u.n = d.tenant where d.id in (4, 43) and vss_search(u.e, '[0]') order by u.distance, d.id;
-- > 3|43
-- > 4|4
-- > 43|43
select u.rowid, d.id from d join u on u.rowid = d.id and (u.n = d.tenant or (u.n > 1 and u.n = d.id + 1)) where d.owner = 'me' and vss_search(u.e, '[0]') order by u.distance, d.id;
select u.rowid, d.id from d join u on u.rowid = d.id and (u.n = d.tenant or (u.n > 1 and u.n = d.id)) where d.owner = 'me' and vss_search(u.e, '[0]') order by u.distance, d.id;
-- > 100|100
-- > 200|200
-- > 300|300
-- > 400|400
