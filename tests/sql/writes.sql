-- Every kind of write. A search after each one has to see it.
create virtual table v using vss0(e(2), f(1) metric_type=L1, tag text, n integer);
insert into v(rowid, e, f, tag, n) values (10, '[1, 0]', '[5]', 'a', 1);
-- Without a rowid, a row gets the greatest rowid plus one.
insert into v(e, tag) values ('[2, 0]', 'b');
select last_insert_rowid(), changes();
-- > 11|1
insert into v(rowid, e, tag) values (null, '[3, 0]', 'c'), (7, '[4, 0]', 'd');
select rowid, distance, tag from v where vss_search(e, '[0, 0]');
-- > 10|1|a
-- > 11|4|b
-- > 12|9|c
-- > 7|16|d
select rowid from v where vss_search(f, '[0]');
-- > 10
-- INSERT ... SELECT from another table and from the table itself.
insert into v(rowid, e, tag) select rowid + 100, e, tag || '2' from v where tag < 'c';
select rowid, distance, tag from v where vss_search(e, '[0, 0]') limit 4;
-- > 10|1|a
-- > 110|1|a2
-- > 11|4|b
-- > 111|4|b2
-- UPDATE of a vector, of a filter column, of the rowid, and of all at once.
update v set e = '[9, 0]' where rowid = 10;
update v set tag = 'z', n = 5 where tag like 'a%';
update v set rowid = 1, f = '[2]' where rowid = 7;
-- A vector stays where it is when its rowid changes: its entry says the new one. A pack has 59 vectors of 2 floats.
select r.rowid, vector_to_json(substr(p.vectors, 10 + r.slot % 59 * 17, 8))
from v_rows r join v_vector0 p on p.pack = r.slot / 59
where r.rowid = 1 and hex(substr(p.vectors, 1 + r.slot % 59 * 17, 9)) = printf('01%016X', r.rowid);
-- > 1|[4.0,0.0]
select count(*) from v_rows where rowid = 7;
-- > 0
select count(*) from v_vector1 where instr(vectors, unhex(printf('01%016X', 7))) > 0;
-- > 0
select rowid, distance, tag, n from v where vss_search(e, '[0, 0]');
-- > 110|1|z|5
-- > 11|4|b|NULL
-- > 111|4|b2|NULL
-- > 12|9|c|NULL
-- > 1|16|d|NULL
-- > 10|81|z|5
select rowid, distance from v where vss_search(f, '[0]');
-- > 1|2
-- > 10|5
update v set e = null where rowid = 11;
select rowid from v where vss_search(e, '[0, 0]');
-- > 110
-- > 111
-- > 12
-- > 1
-- > 10
update v set n = n + 1 where rowid in (select rowid from v where vss_search(e, '[0, 0]') limit 2);
select rowid, n from v;
-- > 1|NULL
-- > 10|5
-- > 11|NULL
-- > 12|NULL
-- > 110|6
-- > 111|NULL
update v set n = 100 where vss_search(e, '[0, 0]') and tag = 'z';
select rowid, n from v where n = 100;
-- > 10|100
-- > 110|100
-- Conflicts on the rowid.
insert into v(rowid, e) values (1, '[0, 1]');
-- error: UNIQUE constraint failed: v.rowid (1 already exists)
insert or ignore into v(rowid, e) values (1, '[0, 1]'), (2, '[0, 2]');
insert or replace into v(rowid, e, tag) values (1, '[0, 1]', 'new');
select rowid, distance, tag, n from v where vss_search(e, '[0, 0]') limit 2;
-- > 1|1|new|NULL
-- > 110|1|z|100
select rowid from v where vss_search(f, '[0]');
-- > 10
insert or fail into v(rowid, e) values (3, '[0, 3]'), (1, '[0, 3]'), (4, '[0, 4]');
-- error: UNIQUE constraint failed: v.rowid (1 already exists)
select count(*) from v where rowid in (3, 4);
-- > 1
insert or abort into v(rowid, e) values (5, '[0, 3]'), (1, '[0, 3]');
-- error: UNIQUE constraint failed: v.rowid (1 already exists)
select count(*) from v where rowid = 5;
-- > 0
replace into v(rowid, e) values (2, '[0, 2.5]');
update or ignore v set rowid = 1 where rowid = 2;
update or replace v set rowid = 1 where rowid = 2;
update v set rowid = 3 where rowid = 1;
-- error: UNIQUE constraint failed: v.rowid (3 already exists)
select rowid, distance from v where vss_search(e, '[0, 0]') limit 2;
-- > 110|1
-- > 111|4
select count(*) from v;
-- > 7
-- DELETE of one row, of the rows of a search, and of all rows.
delete from v where rowid = 1;
delete from v where rowid in (select rowid from v where vss_search(e, '[0, 0]') limit 1);
select rowid, distance from v where vss_search(e, '[0, 0]');
-- > 111|4
-- > 3|9
-- > 12|9
-- > 10|81
delete from v where vss_search(e, '[0, 0]') and distance < 50;
select rowid, distance from v where vss_search(e, '[0, 0]');
-- > 10|81
delete from v where tag = 'nobody';
select changes();
-- > 0
delete from v;
select count(*) from v;
-- > 0
select rowid from v where vss_search(e, '[0, 0]') limit 3;
insert into v(e, tag) values ('[1, 1]', 'again');
select rowid, tag, distance from v where vss_search(e, '[0, 0]') limit 3;
-- > 1|again|2
-- The shadow tables are ordinary tables, and their vectors are float32.
select name from pragma_table_list where name like 'v\_%' escape '\' order by name;
-- > v_cache
-- > v_config
-- > v_rows
-- > v_vector0
-- > v_vector1
select pack, substr(vectors, 1, 17), length(trim(hex(substr(vectors, 18)), '0')) from v_vector0;
-- > 0|x'0100000000000000010000803f0000803f'|0
select * from v_rows;
-- > 1|0|again|NULL
