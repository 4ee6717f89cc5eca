-- The SQL functions of sqlite-vss and of its vector0 family.
select vss_version() = vector_version(), substr(vss_version(), 1, 1);
-- > 1|v
select instr(vss_debug(), 'version') > 0;
-- > 1
select vss_fvec_add('[1, 2]', '[3, 4]'), vector_to_json(vss_fvec_sub('[1, 2]', '[3, 4]'));
-- > x'000080400000c040'|[-2.0,-2.0]
select vector_length('[1, 2, 3]'), vector_length(x'0000803f'), vector_length(null);
-- > 3|1|NULL
select vector_value_at('[1, 2.5]', 1), vector_value_at('[1, 2.5]', 0);
-- > 2.5|1
select vector_value_at('[1, 2.5]', 2);
-- error: vector_value_at(): index 2 is out of range, the vector has 2 components from 0
select vector_to_json(x'0000803f00000040'), vector_to_json('[1,  2]');
-- > [1.0,2.0]|[1.0,2.0]
select vector_to_raw('[1, 2]'), vector_to_blob('[1, 2]');
-- > x'0000803f00000040'|x'76010000803f00000040'
select vector_from_json('[1, 2]'), vector_from_blob(x'76010000803f'), vector_from_raw(x'0000803f');
-- > x'0000803f00000040'|x'0000803f'|x'0000803f'
select vector_to_json(vector_from_blob(vector_to_blob(vector_from_json('[0.1, -2]'))));
-- > [0.10000000149011612,-2.0]
select vector_debug('[1, 2.5]');
-- > size: 2 [1.000000, 2.500000]
select vector_from_json('[1, "a"]');
-- error: vector_from_json(): JSON vector: expected a number at offset 4, got "
select vector_from_raw(x'000080');
-- error: vector_from_raw(): argument is a BLOB of 3 bytes, expected float32 components of 4 bytes each
select vector_from_blob(x'0000803f');
-- error: vector_from_blob(): argument is a BLOB of 4 bytes, expected what vector_to_blob() makes: 'v', 1 and 4 bytes per component
select vss_distance_l2('[1, 2]', '[1]');
-- error: vss_distance_l2(): vectors have 2 and 1 components, expected the same number
select vss_distance_l2('[1, 2]', 5);
-- error: vss_distance_l2(): second vector: a vector was expected (BLOB or JSON array), got INTEGER
select vss_distance_l2('[1, 2]', null), vss_distance('L1', null, '[1]'), vector_add(null, '[1]');
-- > NULL|NULL|NULL
select vss_cosine_similarity('[0, 0]', '[1, 1]');
-- > 0
select vss_distance('L3', '[1]', '[2]');
-- error: vss_distance(): unknown metric 'L3', expected L2, INNER_PRODUCT, COSINE, L1, Linf, Canberra, BrayCurtis, JensenShannon or HAMMING
select vector_to_json(null), vector_to_raw(null);
-- > NULL|NULL
select rowid, dimensions, vector_to_json(vector)
from vector_fvecs_each(x'020000000000803f0000004002000000000040400000803f');
-- > 1|2|[1.0,2.0]
-- > 2|2|[3.0,1.0]
select typeof(vss_memory_usage());
-- > integer
-- A pure function may be used in an index, a generated column and a view.
create table t(a, length generated always as (vector_length(a)) virtual);
insert into t values ('[1, 2, 3]');
select length from t;
-- > 3
create index t_norm on t(vss_inner_product(a, a));
select vss_inner_product(a, a) from t;
-- > 14
-- A search of an ordinary table, without an index.
create table plain(id integer primary key, e);
insert into plain values (1, '[1, 1]'), (2, '[5, 5]'), (3, '[2, 2]');
select id, vss_distance_l2(e, '[0, 0]') as distance from plain order by distance limit 2;
-- > 1|2
-- > 3|8
-- A row without a vector does not end a statement over all of them.
insert into plain values (4, null);
select id, vss_distance_l2(e, '[0, 0]') as distance from plain order by distance limit 2;
-- > 4|NULL
-- > 1|2
select id from plain where e is not null order by vss_distance_l2(e, '[0, 0]') desc limit 1;
-- > 2
-- Other vectors from vectors.
select vector_to_json(vector_normalize(vector_slice('[3, 4, 9]', 0, 2)));
-- > [0.6000000238418579,0.800000011920929]
select vector_slice('[1, 2]', 0, 3);
-- error: vector_slice(): from 0 to 3 of 2 components, expected 0 <= from < to <= 2
select vector_to_json(vector_add('[1, 2]', '[3, 4]')), vector_to_json(vector_sub('[1, 2]', '[3, 4]'));
-- > [4.0,6.0]|[-2.0,-2.0]
select vector_to_json(vector_avg(e)), vector_to_json(vector_sum(e)), vss_int8_scale(e) from plain;
-- > [2.6666667461395264,2.6666667461395264]|[8.0,8.0]|25.4
select component, value from plain, vector_each(plain.e) where id = 2;
-- > 0|5
-- > 1|5
-- Element types, to and fro.
select vector_to_float16('[1, -2.5]'), vector_to_int8('[1, -0.5]', 127), vector_to_bit('[1, 0, -1, 2, 0, 0, 0, 1]');
-- > x'003c00c1'|x'7fc0'|x'89'
select vector_to_json(vector_to_float32(x'003c00c1', 'float16')), vector_to_json(vector_to_float32(x'7f81', 'int8', 127)), vector_to_json(vector_to_float32(x'89', 'bit'));
-- > [1.0,-2.5]|[1.0,-1.0]|[1.0,0.0,0.0,1.0,0.0,0.0,0.0,1.0]
select vector_length(x'003c00c1', 'float16'), vector_length(x'7fc0', 'int8'), vector_length(x'89', 'bit');
-- > 2|2|8
select vector_to_bit('[1]');
-- error: vector_to_bit(): vector has 1 components, expected a multiple of 8
