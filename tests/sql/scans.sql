-- Queries without a search: terms become a bitmap, rows come by rowid, values from what is resident.
create virtual table v using vss0(e(1), topic text collate nocase, n integer, note);
with recursive i(i) as (select 1 union all select i + 1 from i where i < 200)
insert into v(rowid, e, topic, n, note) select 201 - i, '[' || i || ']', iif(i % 3, 'Food', 'art'), i % 10, iif(i % 7, i, 'x' || i) from i;
create table p(id integer primary key, topic text collate nocase, n integer, note);
insert into p select rowid, topic, n, note from v;

-- No column is resident yet: the stored rows are tested one by one. The second such query loads its columns.
select count(*), sum(n) from v where topic = 'FOOD' and n > 6;
-- > 40|319
select rowid from v where n is null or rowid < 3;
-- > 1
-- > 2
explain query plan select count(*) from v where topic = 'FOOD' and n > 6;
-- > SCAN v VIRTUAL TABLE INDEX 0:f1aNT;f2e;u3;|rows by rowid; bitmap: topic =, n >
-- What is not a literal may be a number, or come from a column of numbers: SQLite checks it again.
explain query plan select count(*) from v where topic = upper('food') and topic < 'g';
-- > SCAN v VIRTUAL TABLE INDEX 0:f1aN;f1cNT;u1;|rows by rowid; bitmap: topic = (re-checked), topic < (re-checked)
explain query plan select count(*) from v where topic <= 'food' and topic <> 'art' and note = 5 and note = cast(5 as text);
-- > SCAN v VIRTUAL TABLE INDEX 0:f1dNT;f3a;f3aT;f1bT;u5;|rows by rowid; bitmap: topic <=, note = (re-checked), note =, topic != (re-checked)
explain query plan select count(*) from v order by rowid desc;
-- > SCAN v VIRTUAL TABLE INDEX 0:u0;|every row
explain query plan select rowid from v order by rowid desc;
-- > SCAN v VIRTUAL TABLE INDEX 32:u0;|every row, last first
select rowid from v where vss_search(e, '[0]') limit 1;
-- > 200
explain query plan select rowid from v where rowid between 5 and 9 and note like 'x%' order by rowid desc;
-- > SCAN v VIRTUAL TABLE INDEX 32:f3fNT;f3cNT;f3L;if;id;u4;|rows by rowid, last first; bitmap: note >= (re-checked), note < (re-checked), note like (re-checked), rowid >=, rowid <=
select rowid, topic, n, note from v where rowid between 30 and 60 and note like 'x%' order by rowid desc limit 3;
-- > 54|art|7|x147
-- > 47|Food|4|x154
-- > 40|Food|1|x161

-- The same queries, the first time and when the columns are resident, beside an ordinary table.
select count(*), sum(n) from v where topic = 'FOOD' and n > 6;
-- > 40|319
select count(*), sum(n) from v where topic = 'FOOD' and n > 6;
-- > 40|319
select count(*), sum(n) from p where topic = 'FOOD' and n > 6;
-- > 40|319
select topic, count(*), min(note), max(rowid) from v group by topic;
-- > art|66|3|198
-- > Food|134|1|200
select topic, count(*), min(note), max(id) from p group by topic;
-- > art|66|3|198
-- > Food|134|1|200
select rowid, n from v where n in (3, 7) and rowid not in (select id from p where id > 20) order by rowid;
-- > 4|7
-- > 8|3
-- > 14|7
-- > 18|3
select count(*) from v where note is null or topic glob 'a*' and n <> 5;
-- > 59
select count(*) from p where note is null or topic glob 'a*' and n <> 5;
-- > 59
-- Text against a number and a number against a text mean what they mean for any column.
select count(*) from v where n = '3' and note = 3;
-- > 1
select count(*) from v where n = '3' and note = '3';
-- > 0
select count(*) from v where topic = 3 or n = 3.5 or n = 'x';
-- > 0
-- A row value with IN is compared by SQLite alone.
create table pairs(x, y int);
insert into pairs values ('Food', 3), (13, 3), ('13', 3);
select rowid from v where (note, n) in (select x, y from pairs);
-- > 188
select id from p where (note, n) in (select x, y from pairs);
-- > 188

-- A join begins with the few rows that pass.
explain query plan select v.rowid from v join p on p.id = v.rowid where v.n = 3 and v.topic = 'art';
-- > SCAN v VIRTUAL TABLE INDEX 0:f2a;f1aNT;u3;|rows by rowid; bitmap: n =, topic =
-- > SEARCH p USING INTEGER PRIMARY KEY (rowid=?)
-- Writes while a list is handed out: each row is given as it is, and no row twice.
create table log(id integer, n integer);
create temp trigger change after insert on log begin
  update v set n = n + 100, topic = 'seen' where rowid = new.id + 1;
  delete from v where rowid = new.id - 1;
end;
insert into log select rowid, n from v where rowid > 190 and n >= 0;
select count(*), count(distinct id) from log;
-- > 10|10
pragma integrity_check;
-- > ok
delete from v where topic = 'seen';
update v set note = 'even' where n % 2 = 0 and n < 3;
select note, count(*) from v where note = 'even' group by note;
-- > even|38
select max(rowid), min(rowid), count(*) from v;
-- > 189|1|189
