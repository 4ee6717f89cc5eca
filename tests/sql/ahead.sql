-- vss_ahead(): the searches of a join share passes over the codes. Each must give the answer that it
-- gives alone.
create virtual table t using vss0(e(2), n integer);
with recursive i(i) as (select 1 union all select i + 1 from i where i < 500)
  insert into t(rowid, e, n) select i, json_array(i * 37 % 101, i * 53 % 97), i % 5 from i;
create table q(id integer primary key, e text, n integer);
with recursive i(i) as (select 1 union all select i + 1 from i where i < 40)
  insert into q(id, e, n) select i, json_array(i * 7 % 50, i * 11 % 60), i % 5 from i;

create view ahead as select id, n, e, vss_ahead(e) over (order by id rows between current row and 7 following) as following from q;
select count(*), min(length(following)), max(length(following)) from ahead;
-- > 40|16|72

-- Without a filter, with a filter, and with a filter that differs from query to query.
select count(*) from (
  select id, t.rowid, distance from q join t on vss_search(t.e, vss_search_params(q.e, 5))
  except
  select id, t.rowid, distance from ahead a join t on vss_search(t.e, vss_search_params(a.following, 5)));
-- > 0
select count(*) from ahead a join t on vss_search(t.e, vss_search_params(a.following, 5));
-- > 200
select count(*) from (
  select id, t.rowid, distance from q join t on vss_search(t.e, vss_search_params(q.e, 5)) and t.n < 2
  except
  select id, t.rowid, distance from ahead a join t on vss_search(t.e, vss_search_params(a.following, 5)) and t.n < 2);
-- > 0
select count(*) from (
  select id, t.rowid, distance from q join t on vss_search(t.e, vss_search_params(q.e, 5)) and t.n = q.n
  except
  select id, t.rowid, distance from ahead a join t on vss_search(t.e, vss_search_params(a.following, 5)) and t.n = a.n);
-- > 0
select count(*) from ahead a join t on vss_search(t.e, vss_search_params(a.following, 5)) and t.n = a.n;
-- > 200
-- A radius that differs from query to query.
select count(*) from (
  select id, t.rowid, distance from q join t on vss_range_search(t.e, vss_range_search_params(q.e, q.n * 200 + 50))
  except
  select id, t.rowid, distance from ahead a join t on vss_range_search(t.e, vss_range_search_params(a.following, a.n * 200 + 50)));
-- > 0
select count(*) = (select count(*) from q join t on vss_range_search(t.e, vss_range_search_params(q.e, q.n * 200 + 50))), count(*) > 100
  from ahead a join t on vss_range_search(t.e, vss_range_search_params(a.following, a.n * 200 + 50));
-- > 1|1
-- The join skips some of the queries.
select count(*) from (
  select id, t.rowid, distance from q join t on vss_search(t.e, vss_search_params(q.e, 5)) where id % 3 = 1
  except
  select id, t.rowid, distance from ahead a join t on vss_search(t.e, vss_search_params(a.following, 5)) where id % 3 = 1);
-- > 0
select count(*) from ahead a join t on vss_search(t.e, vss_search_params(a.following, 5)) where id % 3 = 1;
-- > 70
-- Every search streams all rows.
select count(*), sum(distance) = (select sum(distance) from q join t on vss_search(t.e, q.e))
  from ahead a join t on vss_search(t.e, a.following);
-- > 20000|1

-- A single search, with a vector alone and with vss_ahead() that has no OVER.
select rowid, distance from t where vss_search(e, (select vss_ahead(e) from q)) limit 1;
-- > 456|20
select rowid, distance from t where vss_search(e, (select e from q where id = 1)) limit 1;
-- > 456|20

-- A vector of another dimension, or NULL, is not asked ahead. It is refused when its turn comes.
select length(vss_ahead(column1)) from (values('[1,2]'), (null), ('[1]'), ('[3,4]'));
-- > 24
select vss_ahead(column1) is null from (values(null), ('[1,2]'));
-- > 1
select vss_ahead(column1) from (values('[1,2'));
-- error: vss_ahead(): JSON vector: expected , or ] at offset 4, got the end of the text
select rowid from t where vss_search(e, cast('vssahead' || 'abcd' as blob));
-- error: vss0 t.e: vector has 3 components, expected 2
select rowid from t where vss_search(e, x'76737361020000000000803f0000c07f');
-- error: vss0 t.e: component 1 is NaN, expected a finite number

-- vss_ahead() takes BLOBs for float32, since it does not know the column. Those of other element types are converted.
create virtual table h using vss0(e float16[4]);
insert into h(rowid, e) values (1, '[1, 0, 0, 0]'), (2, '[0, 2, 0, 0]'), (3, '[0, 0, 4, 0]'), (4, '[9, 9, 9, 9]');
create table stored(id integer primary key, v blob);
insert into stored select rowid, e from h where rowid < 4;
select s.id, h.rowid from stored s join h on vss_search(h.e, s.v) and h.k = 1;
-- > 1|1
-- > 2|2
-- > 3|3
select h.rowid from (select vss_ahead(v) over (order by id rows between current row and 1 following) as v from stored) s join h on vss_search(h.e, s.v) and h.k = 1;
-- error: vss0 h.e: vss_ahead() got vectors of 2 float32 components, expected 4
select s.id, h.rowid from (select id, vss_ahead(vector_to_float32(v, 'float16')) over (order by id rows between current row and 7 following) as v from stored) s join h on vss_search(h.e, s.v) and h.k = 1;
-- > 1|1
-- > 2|2
-- > 3|3
drop table h;
create virtual table h using vss0(e int8[8] scale=10);
insert into h(rowid, e) values (1, '[1, 0, 0, 0, 1, 1, 1, 1]'), (2, '[0, 2, 0, 0, 2, 2, 2, 2]');
delete from stored;
insert into stored select rowid, e from h;
select s.id, h.rowid from stored s join h on vss_search(h.e, s.v) and h.k = 1;
-- > 1|1
-- > 2|2
select h.rowid from (select vss_ahead(v) over (order by id rows between current row and 3 following) as v from stored) s join h on vss_search(h.e, s.v) and h.k = 1;
-- error: vss0 h.e: vss_ahead() got vectors of 2 float32 components, expected 8
select s.id, h.rowid from (select id, vss_ahead(vector_to_float32(v, 'int8', 10)) over (order by id rows between current row and 7 following) as v from stored) s join h on vss_search(h.e, s.v) and h.k = 1;
-- > 1|1
-- > 2|2
drop table h;
drop table stored;

-- Forty searches take five passes. Where the filter differs, asking ahead stops after two.
create virtual table u using vss0(e(2), n integer);
insert into u(rowid, e, n) select rowid, e, n from t;
select count(*) from ahead a join u on vss_search(u.e, vss_search_params(a.following, 5));
-- > 200
select json_extract(vss_table_stats('u'), '$.searches'), json_extract(vss_table_stats('u'), '$.passes');
-- > 40|5
select count(*) from ahead a join u on vss_search(u.e, vss_search_params(a.following, 5)) and u.n = a.n;
-- > 200
select json_extract(vss_table_stats('u'), '$.searches'), json_extract(vss_table_stats('u'), '$.passes');
-- > 80|45
