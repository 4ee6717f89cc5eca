-- Ids of one's own: a text key beside the rowid, and an integer key, which is the rowid.
create virtual table t using vss0(id text primary key, e(2), n integer);
insert into t(id, e, n) values ('a', '[1,0]', 1), ('b', '[2,0]', 2), (7, '[3,0]', 3), (x'00ff', '[4,0]', 4);
select rowid, id, n from t;
-- > 1|a|1
-- > 2|b|2
-- > 3|7|3
-- > 4|x'00ff'|4
pragma table_info(t);
-- > 0|id|TEXT|1|NULL|0
-- > 1|e||0|NULL|0
-- > 2|n|INTEGER|0|NULL|0
-- What SQLite stores.
select * from t_rows;
-- > 1|0|a|1
-- > 2|1|b|2
-- > 3|2|7|3
-- > 4|3|x'00ff'|4
select name, type, "notnull" from pragma_table_info('t_rows');
-- > rowid|INTEGER|0
-- > slot|INTEGER|0
-- > id|TEXT|1
-- > n|INTEGER|0
select "unique", origin from pragma_index_list('t_rows');
-- > 1|u
-- A look-up by the key.
select rowid, n from t where id = 'b';
-- > 2|2
select rowid, n from t where id = x'00ff';
-- > 4|4
select rowid, n from t where id = null;
select rowid, n from t where id = 'B';
select rowid, n from t where id = 'B' collate nocase;
-- > 2|2
select rowid, id from t where id in ('b', 'nobody', 'a', 'b', null);
-- > 1|a
-- > 2|b
select rowid, id from t where id in ('b', 'a', '7') order by rowid desc;
-- > 3|7
-- > 2|b
-- > 1|a
select rowid, id from t where id in (select 'a' union all select 'b');
-- > 1|a
-- > 2|b
select rowid, id from t where id in ('b', 'a', '7') and n > 1 and n < 3;
-- > 2|b
select count(*) from t where id = 'a';
-- > 1
-- A number is compared as SQLite compares it: a literal becomes text, and with a column of numbers the text becomes a number.
insert into t(id, n) values ('07', 5), ('7.0', 6);
select id from t where id = 7;
-- > 7
select id from t where id in (7, 8);
-- > 7
create table numbers(x integer, y text);
insert into numbers values (7, '7'), (8, 'a');
select x, id from numbers join t on id = x;
-- > 7|7
-- > 7|07
-- > 7|7.0
select x, id from numbers join t on id = y;
-- > 8|a
-- > 7|7
select id from t where id in (select x from numbers);
-- > 7
-- > 07
-- > 7.0
select id from t where id in (select y from numbers);
-- > a
-- > 7
select x, id from numbers left join t on id = y and n > 1;
-- > 7|7
-- > 8|NULL
delete from t where id in ('07', '7.0');
-- Plans. Only a text that is known before it runs promises one row.
explain query plan select n from t where id = 'b';
-- > SCAN t VIRTUAL TABLE INDEX 0:f0aT;u3;|rows by id; look-up: id =
explain query plan select n from t where id = (select 'b');
-- > SCAN t VIRTUAL TABLE INDEX 0:f0a;u3;|rows by id; look-up: id = (re-checked)
-- > SCALAR SUBQUERY 1
-- > SCAN CONSTANT ROW
-- > REUSE SUBQUERY 1
explain query plan select n from t where id = 'b' and n > 1;
-- > SCAN t VIRTUAL TABLE INDEX 0:f0aT;f2e;u3;|rows by id; look-up: id =; bitmap: n >
explain query plan select n from t where id in ('a', 'b') order by rowid desc;
-- > SCAN t VIRTUAL TABLE INDEX 32:f0k*;u3;|rows by id, last first; look-up: id in (re-checked)
explain query plan select n from t where id = 'b' collate nocase;
-- > SCAN t VIRTUAL TABLE INDEX 0:f0aN;u3;|rows by rowid; bitmap: id = (re-checked)
explain query plan select n from t where id > 'b';
-- > SCAN t VIRTUAL TABLE INDEX 0:f0eT;u3;|rows by rowid; bitmap: id >
explain query plan select n from numbers join t on id = y;
-- > SCAN t VIRTUAL TABLE INDEX 0:u3;|every row
-- > SCAN numbers
explain query plan select n from numbers join t on id = y where x = 8;
-- > SCAN numbers
-- > SCAN t VIRTUAL TABLE INDEX 0:f0a;u3;|rows by id; look-up: id = (re-checked)
-- Under a search.
select id, distance from t where e match '[0,0]' and id = 'b';
-- > b|4
select id, distance from t where e match '[0,0]' and id in ('7', 'b', 'nobody') limit 5;
-- > b|4
-- > 7|9
select id, distance from t where e match '[0,0]' and k = 2 and id in ('7', 'b', x'00ff');
-- > b|4
-- > 7|9
select id, distance from t where e match '[0,0]' and id in (select y from numbers);
-- > a|1
-- > 7|9
select id, distance from t where e match '[0,0]' and id = 7;
-- > 7|9
select id, distance from t where e match '[0,0]' and id > '7' limit 5;
-- > a|1
-- > b|4
-- > x'00ff'|16
select x, id, distance from numbers join t on id = y where vss_search(e, '[0,0]') order by distance limit 5;
-- > 8|a|1
-- > 7|7|9
select x, id, distance from numbers cross join t on id = y where vss_search(e, '[0,0]') order by distance;
-- > 8|a|1
-- > 7|7|9
select x, id, distance from numbers cross join t on id = x where vss_search(e, '[0,0]') order by distance;
-- > 7|7|9
select x, id, distance from numbers cross join t on id = y and n > 1 where vss_search(e, '[0,0]') order by distance;
-- > 7|7|9
explain query plan select x, id, distance from numbers cross join t on id = y where vss_search(e, '[0,0]') order by distance;
-- > SCAN numbers
-- > SCAN t VIRTUAL TABLE INDEX 2:s0;f0a;|nearest first by e, streaming; look-up: id = (re-checked)
-- > USE TEMP B-TREE FOR ORDER BY
select json_extract(vss_table_stats('t'), '$.rebuilds');
-- > 0
-- A duplicate.
insert into t(id, e, n) values ('a', '[1,0]', 1);
-- error: UNIQUE constraint failed: t.id ('a' already exists)
insert into t(id) values (x'00ff');
-- error: UNIQUE constraint failed: t.id
insert into t(id) values ('it''s'), ('it''s');
-- error: UNIQUE constraint failed: t.id ('it''s' already exists)
insert into t(rowid, id) values (2, 'x');
-- error: UNIQUE constraint failed: t.rowid (2 already exists)
insert or ignore into t(id, n) values ('a', 100), ('c', 5);
insert or ignore into t(id, n) values (null, 100);
insert or fail into t(id, n) values ('d', 6), ('a', 100), ('never', 0);
-- error: UNIQUE constraint failed: t.id ('a' already exists)
insert or abort into t(id, n) values ('never', 6), ('a', 100);
-- error: UNIQUE constraint failed: t.id ('a' already exists)
begin;
insert into t(id) values ('undone');
insert or rollback into t(id, n) values ('never', 6), ('a', 100);
-- error: UNIQUE constraint failed: t.id ('a' already exists)
commit;
-- error: cannot commit - no transaction is active
select rowid, id, n from t;
-- > 1|a|1
-- > 2|b|2
-- > 3|7|3
-- > 4|x'00ff'|4
-- > 5|c|5
-- > 6|d|6
insert into t(id, n) values (null, 1);
-- error: NOT NULL constraint failed: t.id
insert or replace into t(id, n) values (null, 1);
-- error: NOT NULL constraint failed: t.id
insert into t(n) values (1);
-- error: NOT NULL constraint failed: t.id
update t set id = null where id = 'a';
-- error: NOT NULL constraint failed: t.id
update t set id = 'a' where id = 'b';
-- error: UNIQUE constraint failed: t.id ('a' already exists)
update or ignore t set id = 'a' where id = 'b';
update or fail t set id = 'a' where id in ('b', 'c');
-- error: UNIQUE constraint failed: t.id ('a' already exists)
select rowid, id, n from t;
-- > 1|a|1
-- > 2|b|2
-- > 3|7|3
-- > 4|x'00ff'|4
-- > 5|c|5
-- > 6|d|6
-- REPLACE, which chooses the rowid before the old row makes room, as in an ordinary table.
insert or replace into t(id, e, n) values ('d', '[6,0]', 60);
select last_insert_rowid();
-- > 7
insert or replace into t(rowid, id, n) values (2, 'a', 10);
select rowid, id, n, vector_to_json(e) from t;
-- > 2|a|10|NULL
-- > 3|7|3|[3.0,0.0]
-- > 4|x'00ff'|4|[4.0,0.0]
-- > 5|c|5|NULL
-- > 7|d|60|[6.0,0.0]
update or replace t set id = 'c' where id = 'd';
select rowid, id, n, vector_to_json(e) from t;
-- > 2|a|10|NULL
-- > 3|7|3|[3.0,0.0]
-- > 4|x'00ff'|4|[4.0,0.0]
-- > 7|c|60|[6.0,0.0]
replace into t(id, n) values ('c', 61);
select rowid, id, n, vector_to_json(e) from t where id = 'c';
-- > 8|c|61|NULL
-- The id changes, and the row stays what it is.
update t set id = 'C' where id = 'c';
update t set n = 62 where id = 'C';
update t set rowid = 70 where id = 'C';
update t set rowid = 71, id = 'd', e = '[5,0]' where id = 'C';
update t set id = id;
select rowid, id, n, vector_to_json(e) from t;
-- > 2|a|10|NULL
-- > 3|7|3|[3.0,0.0]
-- > 4|x'00ff'|4|[4.0,0.0]
-- > 71|d|62|[5.0,0.0]
select id from t where e match '[5,0]' limit 1;
-- > d
delete from t where id = 'd';
delete from t where id = 'nobody';
select id from t where e match '[5,0]' limit 1;
-- > x'00ff'
-- Transactions.
begin;
insert into t(id, e) values ('x', '[0,1]');
savepoint s;
update t set id = 'y' where id = 'x';
select id from t where id in ('x', 'y');
-- > y
rollback to s;
select id, distance from t where e match '[0,1]' and id in ('x', 'y') limit 2;
-- > x|0
rollback;
select id from t where id in ('x', 'y');
-- Maintenance.
insert into t(t) values ('integrity-check');
alter table t rename to u;
insert into u(id) values ('a');
-- error: UNIQUE constraint failed: u.id ('a' already exists)
insert into u(u) values ('rebuild');
select id from u where id = 'a';
-- > a
drop table u;
select count(*) from sqlite_schema where name like 'u_%';
-- > 0
-- A collation of the key.
create virtual table t using vss0(e(2), id text collate nocase not null primary key);
insert into t(id, e) values ('Ab', '[1,0]'), ('c', '[2,0]');
insert into t(id) values ('AB');
-- error: UNIQUE constraint failed: t.id ('AB' already exists)
select id from t where id = 'aB';
-- > Ab
select id from t where id in ('aB', 'Ab', 'C');
-- > Ab
-- > c
select id from t where id = 'aB' collate binary;
select id, distance from t where e match '[0,0]' and id in ('aB', 'Ab', 'C') limit 1;
-- > Ab|1
explain query plan select * from t where id = 'aB';
-- > SCAN t VIRTUAL TABLE INDEX 0:f1aNT;u1;|rows by id; look-up: id =
insert or replace into t(id, e) values ('AB', '[3,0]');
select rowid, id from t;
-- > 2|c
-- > 3|AB
drop table t;
-- An integer key is the rowid.
create virtual table t using vss0(e(2), id integer primary key, n);
insert into t(id, e, n) values (7, '[1,0]', 'a'), (null, '[2,0]', 'b'), ('9', '[3,0]', 'c'), (10.0, '[4,0]', 'd');
insert into t(e, n) values ('[5,0]', 'e');
insert into t(rowid, n) values (12, 'f');
insert into t(rowid, id, n) values (13, 13, 'g');
select rowid, id, n, vector_to_json(e) from t;
-- > 7|7|a|[1.0,0.0]
-- > 8|8|b|[2.0,0.0]
-- > 9|9|c|[3.0,0.0]
-- > 10|10|d|[4.0,0.0]
-- > 11|11|e|[5.0,0.0]
-- > 12|12|f|NULL
-- > 13|13|g|NULL
pragma table_info(t);
-- > 0|e||0|NULL|0
-- > 1|id|INTEGER|0|NULL|1
-- > 2|n||0|NULL|0
select * from t_rows where id > 10;
-- > 11|4|e
-- > 12|5|f
-- > 13|6|g
select name, pk from pragma_table_info('t_rows');
-- > id|1
-- > slot|0
-- > n|0
select id from t where id > 9 and id <> 12 order by id desc;
-- > 13
-- > 11
-- > 10
select id, distance from t where e match '[3,0]' and id in (7, 9, 12) order by distance, id;
-- > 9|0
-- > 7|4
select id from t where e match '[0,0]' and k = 2 and id > 8;
-- > 9
-- > 10
explain query plan select n from t where id = 7;
-- > SCAN t VIRTUAL TABLE INDEX 1:e;|rowid
explain query plan select id from t where id > 7 order by id;
-- > SCAN t VIRTUAL TABLE INDEX 0:ie;u0;|rows by rowid; bitmap: rowid >
explain query plan select id from t where e match '[3,0]' and id > 7 order by distance, id;
-- > SCAN t VIRTUAL TABLE INDEX 2:s0;ie;|nearest first by e, streaming; bitmap: rowid >
explain query plan select n from numbers join t on id = x;
-- > SCAN numbers
-- > SCAN t VIRTUAL TABLE INDEX 1:e;|rowid
select n from numbers join t on id = x;
-- > a
-- > b
insert into t(id) values (7);
-- error: UNIQUE constraint failed: t.id (7 already exists)
insert or ignore into t(id, n) values (7, 'never'), (14, 'h');
insert or replace into t(id, n) values (7, 'A');
insert into t(rowid, id) values (1, 2);
-- error: vss0 t.id: got 2 and the rowid 1, expected the same number
insert into t(id) values ('x');
-- error: vss0 t.id: got x, expected an integer
insert into t(id) values (1.5);
-- error: vss0 t.id: got 1.5, expected an integer
update t set id = null where id = 7;
-- error: vss0 t.id: got NULL, expected an integer
update t set id = 9 where id = 7;
-- error: UNIQUE constraint failed: t.id (9 already exists)
update t set rowid = 1, id = 2 where id = 7;
-- error: vss0 t.id: got 2 and the rowid 1, expected the same number
update t set id = id + 100 where id > 9;
update t set rowid = 1 where id = 7;
update or replace t set id = 9 where rowid = 1;
update t set id = 4, n = 'moved', e = '[0,1]' where id = 9;
delete from t where id in (112, 113);
select rowid, id, n, vector_to_json(e) from t;
-- > 4|4|moved|[0.0,1.0]
-- > 8|8|b|[2.0,0.0]
-- > 110|110|d|[4.0,0.0]
-- > 111|111|e|[5.0,0.0]
-- > 114|114|h|NULL
insert into t(t) values ('integrity-check');
-- What is stored says which columns the table has.
select vss_columns('main', 't');
-- > [{"name":"e","vector":true,"dimensions":2,"metric":"L2","element":"float32"},{"name":"id","vector":false,"type":"integer","primaryKey":true},{"name":"n","vector":false,"type":""}]
select vss_columns_differ('main', 't', 'e(2)' || char(0) || 'id integer' || char(0) || 'n');
-- > where "id" is the primary key
select vss_columns_differ('main', 't', 'e(2)' || char(0) || 'id integer primary key' || char(0) || 'n');
-- > NULL
drop table t;
create virtual table t using vss0(e(2), id text);
select vss_columns_differ('main', 't', 'e(2)' || char(0) || 'id text primary key');
-- > where "id" is no primary key
