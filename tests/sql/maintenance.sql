-- RENAME, DROP, VACUUM, ATTACH, TEMP, several tables, commands and integrity checks.
create virtual table v using vss0(e(1), tag text);
insert into v(rowid, e, tag) values (1, '[1]', 'a'), (2, '[2]', 'b');
alter table v rename to "other name";
select rowid, tag from "other name" where vss_search(e, '[0]');
-- > 1|a
-- > 2|b
insert into "other name"(rowid, e) values (3, '[0]');
select rowid, tag from "other name" where vss_search(e, '[0]');
-- > 3|NULL
-- > 1|a
-- > 2|b
select name from sqlite_schema where name glob 'v*';
alter table "other name" rename to v;
vacuum;
select rowid, tag from v where vss_search(e, '[0]');
-- > 3|NULL
-- > 1|a
-- > 2|b

attach ':memory:' as aux;
create virtual table aux.v using vss0(e(2));
insert into aux.v(rowid, e) values (10, '[1, 1]');
create virtual table temp.t using vss0(e(1), n);
insert into t(rowid, e, n) select rowid * 7, e, tag from v;
select rowid, distance from aux.v where vss_search(e, '[0, 0]');
-- > 10|2
select rowid, n from temp.t where vss_search(e, '[0]');
-- > 21|NULL
-- > 7|a
-- > 14|b
select v.rowid, t.rowid from main.v join temp.t on t.rowid = v.rowid * 7 where vss_search(v.e, '[0]');
-- > 3|21
-- > 1|7
-- > 2|14
select name from aux.sqlite_schema where type = 'table' order by name;
-- > v
-- > v_cache
-- > v_config
-- > v_rows
-- > v_vector0
vacuum aux;
select rowid, distance from aux.v where vss_search(e, '[0, 0]');
-- > 10|2
drop table aux.v;
select name from aux.sqlite_schema;
detach aux;

insert into v(v) values ('rebuild');
insert into v(v) values ('integrity-check');
select rowid from v where vss_search(e, '[0]');
-- > 3
-- > 1
-- > 2
pragma integrity_check;
-- > ok
select typeof(vss_memory_usage()), typeof(vss_memory_usage('v'));
-- > integer|integer

-- The shadow tables may be read but not written.
insert into v_rows(rowid, tag) values (99, 'forged');
-- error: table v_rows may not be modified
drop table v;
select name from sqlite_schema where name glob 'v*';

-- A codebook that no block uses any more leaves the cache.
create virtual table trained using vss0(e(2));
with recursive i(i) as (select 1 union all select i + 1 from i where i < 20)
  insert into trained(e) select json_array(i, i % 3) from i;
select count(*) from trained_cache where id >> 32 = 1;
-- > 1
with recursive i(i) as (select 1 union all select i + 1 from i where i < 60)
  insert into trained(e) select json_array(i * 7 % 100, i % 30) from i;
select count(*) from trained_cache where id >> 32 = 1;
-- > 1
