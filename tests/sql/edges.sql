-- Rare forms of a query, and functions that tell about tables.
create virtual table t using vss0(e(2), f(2) metric_type=L1, n integer, name text collate nocase, "odd ""name""" real);
insert into t(rowid, e, f, n, name, "odd ""name""") values
  (1, '[1, 0]', '[5, 5]', 10, 'ant', 0.5), (2, '[0, 1]', null, 20, 'Bee', null), (3, '[3, 3]', '[1, 1]', null, 'cat', 1e300);

-- vss_columns(): also in an attached database, and with a name that is not a vss0 table, or NULL.
select vss_columns('main', 't');
-- > [{"name":"e","vector":true,"dimensions":2,"metric":"L2","element":"float32"},{"name":"f","vector":true,"dimensions":2,"metric":"L1","element":"float32"},{"name":"n","vector":false,"type":"integer"},{"name":"name","vector":false,"type":"text"},{"name":"odd \"name\"","vector":false,"type":"real"}]
select vss_columns(null, 't');
-- > [{"name":"e","vector":true,"dimensions":2,"metric":"L2","element":"float32"},{"name":"f","vector":true,"dimensions":2,"metric":"L1","element":"float32"},{"name":"n","vector":false,"type":"integer"},{"name":"name","vector":false,"type":"text"},{"name":"odd \"name\"","vector":false,"type":"real"}]
attach ':memory:' as other;
create virtual table other.u using vss0(g(3));
select vss_columns('other', 'u'), vss_columns('OTHER', 'U');
-- > [{"name":"g","vector":true,"dimensions":3,"metric":"L2","element":"float32"}]|[{"name":"g","vector":true,"dimensions":3,"metric":"L2","element":"float32"}]
select vss_columns('main', 'u');
-- error: vss_columns(): no vss0 table named u
select vss_columns('main', 'sqlite_schema');
-- error: vss_columns(): no vss0 table named sqlite_schema
select vss_columns('main', null);
-- error: vss_columns(): no vss0 table named NULL
-- vss_columns_differ(): the same columns in any order and spelling are NULL.
select vss_columns_differ('main', 't', '"ODD ""name""" REAL' || char(0) || 'name text collate NOCASE' || char(0) || 'n integer' || char(0) || 'f float[2] distance_metric=l1' || char(0) || 'e(2)') is null;
-- > 1
select vss_columns_differ('other', 'u', 'g(3) metric_type=L2') is null, vss_columns_differ('other', 'u', 'g(4)'), vss_columns_differ('other', 'u', 'g(3) metric_type=L1');
-- > 1|where "g" has 3 dimensions instead of 4|where "g" has the metric L2 instead of L1
select vss_columns_differ('main', 't', 'e(2)' || char(0) || 'f(2) metric_type=L1');
-- > with a column "n" that was not asked for
select vss_columns_differ('other', 'u', 'g(3)' || char(0) || 'h text');
-- > without a column "h"
select vss_columns_differ('other', 'u', 'g text' || char(0) || 'h(1)');
-- > where "g" is a vector
select vss_columns_differ('other', 'u', 'g text'), vss_columns_differ('other', 'u', 'h text');
-- > where "g" is a vector|with a column "g" that was not asked for
select vss_columns_differ('other', 'u', ''), vss_columns_differ('other', 'u', null);
-- > with a column "g" that was not asked for|with a column "g" that was not asked for
select vss_columns_differ('other', 'u', 'g(0)');
-- error: vss_columns_differ(): column "g": expected dimensions (1 to 65536), got 0
select vss_columns_differ('main', 'none', 'g(3)');
-- error: vss_columns_differ(): no vss0 table named none
select vss_memory_usage(null);
-- error: vss_memory_usage(): no vss0 table named NULL
select vss_memory_usage() >= 0, vss_memory_usage('u') > 0;
-- > 1|0
select json_valid(vss_table_stats('t')), vss_table_stats('none');
-- error: vss_table_stats(): no vss0 table named none
-- A switch that only the oracle has.
select vss_force_path('dense');
-- error: no such function: vss_force_path

-- A search behind more terms than the 16 that SQLite lets a table omit.
select rowid, distance from t
where n >= 1 and n >= 2 and n >= 3 and n >= 4 and n >= 5 and n >= 6 and n >= 7 and n >= 8 and n >= 9 and n >= 10
  and n <= 99 and n <= 98 and n <= 97 and n <= 96 and n <= 95 and n <= 94 and n <= 93
  and vss_search(e, '[0, 0]') limit 5;
-- > 1|1
-- > 2|1
-- Two searches of one statement, one inside the loop of the other.
select a.rowid, b.rowid from t a join t b where vss_search(a.e, '[0, 0]') and vss_search(b.e, a.e) limit 4;
-- > 1|1
-- > 1|2
-- > 1|3
-- > 2|2

-- With k inside, a row counts only after it has passed every term, also terms that compare vectors.
select rowid from t where vss_search(e, vss_search_params('[0, 0]', 2)) and f > x'00';
-- > 1
-- > 3
select rowid from t where vss_search(e, vss_search_params('[0, 0]', 2)) and f is null;
-- > 2
select rowid from t where vss_search(e, vss_search_params('[0, 0]', 2)) and f is not null and n is null;
-- > 3
select rowid from t where vss_search(e, vss_search_params('[0, 0]', 2)) and f <> x'00';
-- > 1
-- > 3
select rowid from t where vss_search(e, vss_search_params('[0, 0]', 3)) and name <> 'BEE';
-- > 1
-- > 3
select rowid from t where vss_search(e, vss_search_params('[0, 0]', 3)) and name is not 'BEE';
-- > 1
-- > 3
select rowid from t where vss_search(e, vss_search_params('[0, 0]', 3)) and name collate binary <> 'BEE';
-- > 1
-- > 2
-- > 3
select rowid from t where vss_search(e, vss_search_params('[0, 0]', 3)) and n <> '20';
-- > 1
select rowid from t where vss_search(e, vss_search_params('[0, 0]', 2)) and rowid like '%3';
-- > 3
select rowid from t where vss_search(e, vss_search_params('[0, 0]', 2)) and rowid glob '[12]';
-- > 1
-- > 2
select rowid from t where vss_search(e, vss_search_params('[0, 0]', 2)) and rowid <> 1;
-- > 2
-- > 3
select rowid from t where vss_search(e, vss_search_params('[0, 0]', 2)) and "odd ""name""" > 0.25;
-- > 1
-- > 3

-- With k in several places, the smallest one counts. k may be a REAL or a TEXT.
select rowid from t where vss_search(e, vss_search_params('[0, 0]', 2)) and k = 1;
-- > 1
select rowid from t where vss_search(e, vss_search_params('[0, 0]', 1)) and k = 2;
-- > 1
select rowid from t where vss_search(e, '[0, 0]') and k = 2.0;
-- > 1
-- > 2
select rowid from t where vss_search(e, '[0, 0]') and k = '2';
-- > 1
-- > 2
select count(*) from t where vss_search(e, '[0, 0]') and k = 1e17;
-- > 3
select rowid from t where vss_search(e, '[0, 0]') and k = 2.5;
-- error: vss0 t: k is 2.5, expected an integer of 0 or more
select rowid from t where vss_search(e, '[0, 0]') and k = 1e30;
-- error: vss0 t: k is 1.0e+30, expected an integer of 0 or more
select rowid from t where vss_search(e, '[0, 0]') and k = -1;
-- error: vss0 t: k is -1, expected an integer of 0 or more
select rowid from t where vss_search(e, '[0, 0]') and k = null;
-- error: vss0 t: k is NULL, expected an integer of 0 or more
select rowid from t where vss_search(e, '[0, 0]') and k = x'32';
-- error: vss0 t: k is 2, expected an integer of 0 or more

-- A radius that is infinite, zero, negative, or not a number.
select rowid from t where vss_range_search(e, vss_range_search_params('[0, 0]', 9e999));
-- > 1
-- > 2
-- > 3
select rowid from t where vss_range_search(e, vss_range_search_params('[0, 0]', 1));
select rowid from t where vss_range_search(e, vss_range_search_params('[0, 0]', 0));
select rowid from t where vss_range_search(e, vss_range_search_params('[0, 0]', -1));
-- error: vss0 t.e: radius is -1, expected a number of 0 or more
select rowid from t where vss_range_search(e, vss_range_search_params('[0, 0]', null));
-- error: vss0 t.e: radius is NULL, expected a number of 0 or more
select rowid from t where vss_range_search(e, vss_range_search_params('[0, 0]', 'far'));
-- error: vss0 t.e: radius is far, expected a number of 0 or more

-- A search on something that is not a vector column, or not a column.
select rowid from t where vss_search(n, '[0, 0]');
-- error: vss0 t.n: not a vector column, so it cannot be searched
select rowid from t where vss_search(distance, '[0, 0]');
-- error: vss0 t.distance: not a vector column, so it cannot be searched
select rowid from t where vss_search(k, '[0, 0]');
-- error: vss0 t.k: not a vector column, so it cannot be searched
select rowid from t where vss_search(rowid, '[0, 0]');
-- error: vss0 t.rowid: not a vector column, so it cannot be searched
select rowid from t where vss_search(t, '[0, 0]');
-- error: vss0 t.t: not a vector column, so it cannot be searched
select rowid from t where vss_search('e', '[0, 0]');
-- error: vss_search() must be a term of WHERE (or of an inner join's ON) that holds for every row: not inside OR, NOT or a function, not on the outer side of a LEFT JOIN, not with a query from a table behind it in a CROSS or LEFT JOIN, and on a vss0 table's vector column

-- Orders in which the search gives its rows, and orders that need sorting.
select rowid from t where vss_search(e, '[0, 0]') order by distance, rowid limit 3;
-- > 1
-- > 2
-- > 3
select rowid from t where vss_search(e, '[0, 0]') order by distance, rowid desc limit 3;
-- > 2
-- > 1
-- > 3
select rowid from t where vss_search(e, '[0, 0]') order by distance desc limit 2;
-- > 3
-- > 1
select rowid from t where vss_search(e, '[0, 0]') order by rowid limit 3;
-- > 1
-- > 2
-- > 3
select rowid from t order by rowid;
-- > 1
-- > 2
-- > 3
select rowid from t order by rowid desc;
-- > 3
-- > 2
-- > 1
select rowid from t where rowid = 2 order by rowid;
-- > 2
select rowid from t where rowid in (3, 1, 9) order by rowid;
-- > 1
-- > 3

-- Terms on the rowid with values that are not integers, or beyond all rowids.
select rowid from t where vss_search(e, '[0, 0]') and rowid > 1.5 limit 5;
-- > 2
-- > 3
select rowid from t where vss_search(e, '[0, 0]') and rowid <= '2' limit 5;
-- > 1
-- > 2
select rowid from t where vss_search(e, '[0, 0]') and rowid < 9e999 limit 5;
-- > 1
-- > 2
-- > 3
select rowid from t where vss_search(e, '[0, 0]') and rowid = 'x' limit 5;
select rowid from t where vss_search(e, '[0, 0]') and rowid in (1, '3', 2.0, null, 'x', x'01') limit 5;
-- > 1
-- > 2
-- > 3
select rowid from t where vss_search(e, '[0, 0]') and rowid in (select rowid from t where n is null) limit 5;
-- > 3
select rowid from t where vss_search(e, '[0, 0]') and name in ('ANT', 'cat', null, 7) limit 5;
-- > 1
-- > 3
select rowid from t where vss_search(e, '[0, 0]') and n not in (20, 30) limit 5;
-- > 1
select rowid from t where vss_search(e, '[0, 0]') and n between 5 and 15.5 limit 5;
-- > 1

-- Rowids given to a write.
insert into t(rowid, e) values ('7', '[7, 7]');
insert into t(rowid, e) values (8.0, '[8, 8]');
insert into t(rowid, e) values (8.5, '[8, 8]');
-- error: datatype mismatch
insert into t(rowid, e) values (1e300, '[8, 8]');
-- error: datatype mismatch
insert into t(rowid, e) values (x'38', '[8, 8]');
-- error: datatype mismatch
update t set rowid = '70' where rowid = 7;
update t set rowid = 7.5 where rowid = 70;
-- error: vss0 t.rowid: got 7.5, expected an integer
update t set rowid = 1e16 where rowid = 70;
-- error: vss0 t.rowid: got 10000000000000000.0, expected an integer
update t set rowid = null where rowid = 70;
-- error: vss0 t.rowid: got NULL, expected an integer
update t set rowid = 1 where rowid = 70;
-- error: UNIQUE constraint failed: t.rowid (1 already exists)
update or ignore t set rowid = 1 where rowid = 70;
update or replace t set rowid = 8 where rowid = 70;
select rowid from t order by 1;
-- > 1
-- > 2
-- > 3
-- > 8
update t set rowid = rowid + 1 where rowid = 12345;
insert into t(t) values('vacuum');
-- error: vss0 t: unknown command 'vacuum', expected 'rebuild', 'integrity-check', 'cache-off' or 'cache-on'
insert into t(t) values(x'00');
-- error: vss0 t: unknown command '', expected 'rebuild', 'integrity-check', 'cache-off' or 'cache-on'
update t set t = 'rebuild' where rowid = 1;

-- vector_fvecs_each() checks the records of an .fvecs file one by one.
select rowid, dimensions, vector_to_json(vector), length(input) from vector_fvecs_each(x'010000000000803f' || x'02000000000000400000803f');
-- error: vector_fvecs_each(): input is TEXT, expected the BLOB of an .fvecs file
select rowid, dimensions, vector_to_json(vector), length(input) from vector_fvecs_each(cast(x'010000000000803f02000000000000400000803f' as blob));
-- > 1|1|[1.0]|20
-- > 2|2|[2.0,1.0]|20
select count(*) from vector_fvecs_each(null);
-- > 0
select count(*) from vector_fvecs_each(x'');
-- > 0
select count(*) from vector_fvecs_each(5);
-- error: vector_fvecs_each(): input is INTEGER, expected the BLOB of an .fvecs file
select count(*) from vector_fvecs_each;
-- error: vector_fvecs_each(): no input, expected the BLOB of an .fvecs file
select count(*) from vector_fvecs_each(x'0100');
-- error: vector_fvecs_each(): input ends inside the dimension of vector 1, at byte 2
select count(*) from vector_fvecs_each(x'00000000');
-- error: vector_fvecs_each(): vector 1 has 0 components, expected 1 to 65536
select count(*) from vector_fvecs_each(x'ffffffff');
-- error: vector_fvecs_each(): vector 1 has -1 components, expected 1 to 65536
select count(*) from vector_fvecs_each(x'01000100');
-- error: vector_fvecs_each(): vector 1 has 65537 components, expected 1 to 65536
select count(*) from vector_fvecs_each(x'020000000000803f');
-- error: vector_fvecs_each(): input ends inside vector 1 of 2 components, at byte 8
select count(*) from vector_fvecs_each(x'010000000000803f0100');
-- error: vector_fvecs_each(): input ends inside the dimension of vector 2, at byte 10
select dimensions from vector_fvecs_each(x'010000000000803f') where dimensions = 1 and rowid = 1;
-- > 1
select b.dimensions from (select x'010000000000803f' as bytes) a join vector_fvecs_each(a.bytes) b;
-- > 1
select b.dimensions from vector_fvecs_each(c.bytes) b, (select x'010000000000803f' as bytes limit 1) c;
-- > 1
create virtual table v using vector_fvecs_each;
-- error: no such module: vector_fvecs_each

-- MATCH in a place where no search can be planned fails as the functions do.
select rowid from t where e match '[0, 0]' or n = 10;
-- error: vss0 t: vss_search() or vss_range_search() must be a term of WHERE (or of an inner join's ON) that holds for every row: not inside OR, NOT or a function, not on the outer side of a LEFT JOIN, not with a query from a table behind it in a CROSS or LEFT JOIN, and on a vss0 table's vector column
select e match '[0, 0]' from t;
-- error: vss0 t: vss_search() or vss_range_search() must be a term of WHERE (or of an inner join's ON) that holds for every row: not inside OR, NOT or a function, not on the outer side of a LEFT JOIN, not with a query from a table behind it in a CROSS or LEFT JOIN, and on a vss0 table's vector column

-- Components whose sum is beyond float32.
select vss_fvec_add('[3e38]', '[3e38]');
-- error: vss_fvec_add(): component 0 is infinite, expected a finite number
select vss_fvec_sub('[-3e38]', '[3e38]');
-- error: vss_fvec_sub(): component 0 is infinite, expected a finite number

-- The resident index of faiss_search(), when the vectors of its table get another dimension.
create table p(id integer primary key, embedding blob);
insert into p values (1, faiss_encode('[1, 2]'));
select faiss_search('main', 'p', faiss_encode('[1, 2]'), 2);
-- > [1]
update p set embedding = faiss_encode('[1, 2, 3]');
select faiss_search('main', 'p', faiss_encode('[1, 2, 3]'), 2);
-- > [1]
insert into p values (2, faiss_encode('[1, 2]'));
select faiss_search('main', 'p', faiss_encode('[1, 2, 3]'), 2);
-- error: faiss_search(): main.p: embedding of row 2: vector has 2 components, the rows before have 3
delete from p where id = 1;
select faiss_search('main', 'p', faiss_encode('[1, 2]'), 2);
-- > [2]
select rowid from faiss_indexes;
-- > 1
