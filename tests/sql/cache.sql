-- Tables without a cache: nothing that is derived from the rows is stored.
create virtual table c using vss0(e(2), n integer, cache=off);
insert into c(rowid, e, n) values (1, '[1, 0]', 10), (2, '[3, 0]', 20), (3, '[2, 0]', 30);
select rowid, distance from c where vss_search(e, '[0, 0]');
-- > 1|1
-- > 3|4
-- > 2|9
select count(*) from c_cache;
-- > 0
select key, value from c_config where key in ('cache', 'counts');
-- > cache|off
update c set e = '[0, 0]' where rowid = 2;
delete from c where rowid = 1;
select rowid from c where vss_search(e, '[0, 0]') and n > 5;
-- > 2
-- > 3
select count(*) from c_cache;
-- > 0
insert into c(c) values ('integrity-check');
insert into c(c) values ('rebuild');
select count(*) from c_cache;
-- > 0
pragma integrity_check;
-- > ok
alter table c rename to d;
insert into d(e, n) values ('[9, 9]', 40);
select count(*) from d_cache;
-- > 0
alter table d rename to c;

-- The cache is stored again, and is whole.
insert into c(c) values ('cache-on');
select count(*) > 0 from c_cache;
-- > 1
select key from c_config where key in ('cache', 'counts');
-- > counts
insert into c(c) values ('cache-on');
select rowid from c where vss_search(e, '[0, 0]') limit 2;
-- > 2
-- > 3
insert into c(c) values ('CACHE-OFF');
insert into c(c) values ('cache-off');
select count(*) from c_cache;
-- > 0
select key, value from c_config where key in ('cache', 'counts');
-- > cache|off

-- Both go back with their transaction.
begin;
insert into c(c) values ('cache-on');
rollback;
select count(*) from c_cache;
-- > 0
insert into c(c) values ('cache-on');
begin;
insert into c(e) values ('[5, 5]');
savepoint s;
insert into c(c) values ('cache-off');
rollback to s;
commit;
select count(*) > 0, (select count(*) from c_config where key = 'cache') from c_cache;
-- > 1|0
begin;
insert into c(c) values ('cache-off');
rollback;
select count(*) > 0 from c_cache;
-- > 1
insert into c(c) values ('integrity-check');
select rowid from c where vss_search(e, '[5, 5]') limit 1;
-- > 5

-- The option is no column, and a column may have its name.
create virtual table named using vss0(cache = on, e(1), cache text);
insert into named(e, cache) values ('[1]', 'x');
select cache from named where vss_search(e, '[0]');
-- > x
select vss_columns('main', 'named');
-- > [{"name":"e","vector":true,"dimensions":1,"metric":"L2","element":"float32"},{"name":"cache","vector":false,"type":"text"}]
create virtual table bad using vss0(e(1), cache=sometimes);
-- error: vss0 bad: table option "cache": expected on or off, got "sometimes"
create virtual table bad using vss0(e(1), cache=on, cache=on);
-- error: vss0 bad: table option "cache" is given twice
insert into c(c) values ('cache');
-- error: vss0 c: unknown command 'cache', expected 'rebuild', 'integrity-check', 'cache-off' or 'cache-on'

-- What the table takes in the file.
create virtual table sized using vss0(e float16[100], f(10), n integer);
with recursive i(i) as (select 1 union all select i + 1 from i where i < 200)
  insert into sized(e, f, n) select vector_from_json('[' || rtrim(replace(hex(zeroblob(100)), '00', '1,'), ',') || ']'), iif(i % 2, '[1,2,3,4,5,6,7,8,9,0]', null), i from i;
select s ->> 'vectors', s ->> 'cache' > s ->> 'codes', s ->> 'codes' > 20000,
  (s ->> 'file') - (s ->> 'vectors') - (s ->> 'filters') - (s ->> 'cache') - (s ->> 'waste'),
  s ->> 'filters' > 200, s ->> 'waste' > 0, (s ->> 'file') % (select page_size from pragma_page_size)
  from (select vss_table_stats('sized', 'sizes') s);
-- > 44000|1|1|0|1|1|0
insert into sized(sized) values ('cache-off');
select s ->> 'vectors', s ->> 'cache', s ->> 'codes' from (select vss_table_stats('sized', 'sizes') s);
-- > 44000|0|0
select vss_table_stats('sized', 'size');
-- error: vss_table_stats(): unknown kind 'size', expected 'sizes'
select vss_table_stats('nothing', 'sizes');
-- error: vss_table_stats(): no vss0 table named nothing
