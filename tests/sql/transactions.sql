-- A search sees what its transaction has written. What is rolled back disappears from the table and
-- from the index.
create virtual table v using vss0(e(1), tag text);
insert into v(rowid, e, tag) values (1, '[1]', 'a'), (2, '[2]', 'b'), (3, '[3]', 'a');
begin;
insert into v(rowid, e, tag) values (4, '[0]', 'a');
update v set e = '[9]' where rowid = 1;
delete from v where rowid = 2;
select rowid, distance from v where vss_search(e, '[0]');
-- > 4|0
-- > 3|9
-- > 1|81
select rowid from v where vss_search(e, '[0]') and tag = 'a' limit 1;
-- > 4
rollback;
select rowid, distance from v where vss_search(e, '[0]');
-- > 1|1
-- > 2|4
-- > 3|9
select rowid from v where vss_search(e, '[0]') and tag = 'a' limit 1;
-- > 1

begin;
savepoint one;
insert into v(rowid, e) values (5, '[0.5]');
savepoint two;
delete from v where rowid < 3;
update v set tag = 'c';
select rowid, tag from v where vss_search(e, '[0]');
-- > 5|c
-- > 3|c
rollback to two;
select rowid, tag from v where vss_search(e, '[0]');
-- > 5|NULL
-- > 1|a
-- > 2|b
-- > 3|a
update v set e = '[7]' where rowid = 5;
rollback to one;
select rowid, tag from v where vss_search(e, '[0]');
-- > 1|a
-- > 2|b
-- > 3|a
insert into v(rowid, e) values (6, '[6]');
release one;
commit;
select rowid from v where vss_search(e, '[0]');
-- > 1
-- > 2
-- > 3
-- > 6

-- A savepoint outside of a transaction begins one.
savepoint s;
delete from v;
select count(*) from v where vss_search(e, '[0]');
-- > 0
rollback to s;
release s;
select count(*) from v where vss_search(e, '[0]');
-- > 4

-- A statement that fails half-way inside a transaction undoes itself and nothing else.
begin;
insert into v(rowid, e) values (7, '[7]');
insert into v(rowid, e) values (8, '[8]'), (9, '[9, 9]');
-- error: vss0 v.e: vector has 2 components, expected 1
insert into v(rowid, e) values (8, '[8]'), (7, '[7]');
-- error: UNIQUE constraint failed: v.rowid (7 already exists)
select rowid from v where vss_search(e, '[0]');
-- > 1
-- > 2
-- > 3
-- > 6
-- > 7
commit;
select rowid from v where vss_search(e, '[0]');
-- > 1
-- > 2
-- > 3
-- > 6
-- > 7
-- OR ROLLBACK ends the transaction.
begin;
insert into v(rowid, e) values (8, '[8]');
insert or rollback into v(rowid, e) values (7, '[7]');
-- error: UNIQUE constraint failed: v.rowid (7 already exists)
commit;
-- error: cannot commit - no transaction is active
select rowid from v where vss_search(e, '[0]');
-- > 1
-- > 2
-- > 3
-- > 6
-- > 7
-- DDL inside a transaction.
begin;
create virtual table w using vss0(e(1));
insert into w(e) values ('[1]');
select rowid, distance from w where vss_search(e, '[0]');
-- > 1|1
rollback;
select rowid from w;
-- error: no such table: w
begin;
drop table v;
rollback;
select count(*) from v where vss_search(e, '[0]');
-- > 5
pragma integrity_check;
-- > ok
-- SQLite reads the schema again inside a transaction. What was written before is still there, and
-- disappears after a rollback.
begin;
insert into v(rowid, e) values (20, '[0.25]');
savepoint one;
create table other(x);
rollback to one;
select rowid from v where vss_search(e, '[0]') limit 1;
-- > 20
alter table v rename to w;
select rowid from w where vss_search(e, '[0]') limit 1;
-- > 20
insert into w(rowid, e) values (21, '[0.125]');
rollback to one;
select rowid from v where vss_search(e, '[0]') limit 1;
-- > 20
insert into v(rowid, e) values (22, '[0.0625]');
commit;
select rowid from v where vss_search(e, '[0]') limit 3;
-- > 22
-- > 20
-- > 1
begin;
savepoint one;
create virtual table w using vss0(e(1));
insert into w(e) values ('[1]');
rollback to one;
commit;
select rowid from w;
-- error: no such table: w
pragma integrity_check;
-- > ok
begin;
savepoint one;
create virtual table w using vss0(e(1));
insert into w(e) values ('[1]'), ('[2]');
rollback to one;
create virtual table w using vss0(e(2));
commit;
select rowid from w where vss_search(e, '[0, 0]');
insert into w(e) values ('[1, 1]');
select rowid, distance from w where vss_search(e, '[0, 0]');
-- > 1|2
insert into w(w) values ('integrity-check');
