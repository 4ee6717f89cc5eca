-- Vectors in packs, as docs/format.md describes them: what is stored, and how SQL reads it without the module.
create virtual table t using vss0(e(384), year integer);
create table given(id integer primary key, e);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 50)
insert into given select i * 1000, cast(zeroblob(4 * i) || x'0000803f' || zeroblob(1532 - 4 * i) as blob) from n;
insert into t(rowid, e, year) select id, case when id % 7000 then e end, id % 9 from given;
-- Slots follow each other where rowids have gaps, and 21 vectors make a pack.
select min(slot), max(slot), count(distinct slot) from t_rows;
-- > 0|49|50
select pack, length(vectors) / 1545, length(vectors) % 1545 from t_vector0;
-- > 0|21|0
-- > 1|21|0
-- > 2|21|0
-- The statement of docs/format.md.
create view e as
select r.rowid, r.year, substr(p.vectors, 10 + r.slot % 21 * 1545, 1536) as e
from t_rows r left join t_vector0 p
  on p.pack = r.slot / 21 and substr(p.vectors, 1 + r.slot % 21 * 1545, 1) = x'01';
select count(*), count(e.e), sum(e.e is iif(id % 7000, given.e, null)) from given join e on e.rowid = id;
-- > 50|43|50
-- A deleted row leaves zeros and a free slot; the next row takes the lowest. It has no vector, and none appears.
delete from t where rowid in (2000, 30000);
select length(trim(hex(substr(vectors, 1 + 1545, 1545)), '0')) from t_vector0 where pack = 0;
-- > 0
insert into t(rowid, year) values (2000, 1);
insert into t(rowid, e, year) select -5, e, 2 from given where id = 30000;
select rowid, slot from t_rows where rowid in (2000, -5);
-- > -5|29
-- > 2000|1
select rowid, e is null, e is (select e from given where id = 30000) from t where rowid in (2000, -5);
-- > -5|0|1
-- > 2000|1|0
-- A vector that comes and goes in place; a rowid that changes keeps its slot.
update t set e = (select e from given where id = 2000) where rowid = 2000;
update t set e = null where rowid = 3000;
update t set rowid = 9223372036854775807 where rowid = 4000;
update t set rowid = -9223372036854775808 where rowid = 5000;
select r.rowid, r.slot, e.e is null from t_rows r join e on e.rowid = r.rowid where slot between 1 and 4;
-- > -9223372036854775808|4|0
-- > 2000|1|0
-- > 3000|2|1
-- > 9223372036854775807|3|0
insert into t(t) values ('integrity-check');
select rowid, distance from t where vss_search(e, (select e from given where id = 4000)) limit 1;
-- > 9223372036854775807|0
-- Savepoints: a freed slot is given away, taken back, and given away again.
begin;
delete from t where rowid = 6000;
savepoint s;
insert into t(rowid, e) select 60, e from given where id = 6000;
select slot from t_rows where rowid = 60;
-- > 5
rollback to s;
insert into t(rowid, e) select 61, e from given where id = 8000;
select rowid, slot, (select count(*) from t where vss_search(e, given.e) and distance = 0) from t_rows, given
where slot = 5 and id = 8000;
-- > 61|5|2
rollback;
select rowid from t_rows where slot = 5;
-- > 6000
select rowid, distance from t where vss_search(e, (select e from given where id = 6000)) limit 1;
-- > 6000|0
-- Last vectors wait in memory, and a savepoint writes them.
begin;
insert into t(rowid, e) select 62, e from given where id = 1000;
select e is null from e where rowid = 62;
-- > 1
savepoint s;
select e is null from e where rowid = 62;
-- > 0
rollback;
-- A pack without vectors goes with the commit.
delete from t where rowid > 20000;
select count(*), max(pack) from t_vector0;
-- > 2|1
delete from t;
select count(*) from t_vector0;
-- > 0
select count(*) from t_rows;
-- > 0
insert into t(e) select e from given where id < 3000;
select rowid, slot from t_rows;
-- > 1|0
-- > 2|1
-- What an UPDATE reports, and the last inserted rowid, do not show the packs.
update t set e = (select e from given where id = 9000);
select changes(), last_insert_rowid();
-- > 2|2
drop view e;
drop table t;
-- The column for slots has another name where a filter column is called slot.
create virtual table t using vss0(e(2), "Slot", slot_ text);
insert into t(e, slot, slot_) values ('[1, 2]', 'a', 'b');
select name from pragma_table_info('t_rows');
-- > rowid
-- > slot__
-- > Slot
-- > slot_
select slot, slot_, vector_to_json(e) from t where vss_search(e, '[1, 2]') and slot = 'a' and e is not null and k = 1;
-- > a|b|[1.0,2.0]
select rowid from t where vss_search(e, '[1, 2]') and e = vector_from_json('[1, 2]') and k = 1;
-- > 1
drop table t;

-- All rows are deleted, the table gets another name, and a row comes in: its pack stays.
create virtual table moved using vss0(e(1), note text);
insert into moved(rowid, e, note) values (28, '[1]', 'a'), (58, '[2]', 'b');
begin;
delete from moved;
alter table moved rename to moved_on;
insert into moved_on(rowid, e, note) values (7, '[3]', 'c');
commit;
select rowid, vector_to_json(e), note from moved_on;
-- > 7|[3.0]|c
select rowid, distance from moved_on where vss_search(e, '[1]');
-- > 7|4
pragma integrity_check;
-- > ok
drop table moved_on;

-- A pack of 59 vectors is there as soon as it is left, and the last one when a vector of the table is read.
create virtual table t using vss0(e(2));
begin;
insert into t(e) with recursive n(i) as (select 1 union all select i + 1 from n where i < 60) select '[1, ' || i || ']' from n;
select count(*), sum(length(vectors)) from t_vector0;
-- > 1|1003
select vector_to_json(e) from t where rowid = 60;
-- > [1.0,60.0]
select count(*), sum(length(vectors)) from t_vector0;
-- > 2|2006
rollback;
select count(*) from t_vector0;
-- > 0
drop table t;
