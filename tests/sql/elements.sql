-- Vector columns of each element type: what is stored, what reads back, and exact distances over it.
create virtual table e using vss0(
  f float[8], h float16[8], i int8[8] scale=10, b bit[8],
  hc float16[8] metric_type=COSINE, il int8[8] metric_type=L1 scale='2.5', n integer);
-- A vector of float32 goes into each of them, and is rounded as its column is.
with r(id, x) as (values
  (1, '[1, 0.3333333, -2, 0, 4.06, 5, -6, 7]'), (2, '[0, 1, 0, 1, 0, 1, 0, 1]'),
  (3, '[-1, -1, -1, -1, 2, 2, 2, 2]'), (4, '[0.05, 0.15, 0.25, -0.05, -0.15, -0.25, 12.7, -12.8]'))
insert into e(rowid, f, h, i, b, hc, il, n) select id, x, x, x, x, x, x, id * 10 from r;
select rowid, length(f), hex(h), hex(i), hex(b), length(hc), length(il) from e;
-- > 1|32|003C553500C000000F44004500C60047|0A03EC002932C446|B3|16|8
-- > 2|32|0000003C0000003C0000003C0000003C|000A000A000A000A|AA|16|8
-- > 3|32|00BC00BC00BC00BC0040004000400040|F6F6F6F614141414|F0|16|8
-- > 4|32|662ACD30003466AACDB000B45A4A66CA|010202FFFEFE7F80|47|16|8
select rowid, distance from e where vss_search(h, '[1, 0.3333333, -2, 0, 4.06, 5, -6, 7]');
-- > 1|1.98399766e-06
-- > 3|110.021378
-- > 2|110.928047
-- > 4|793.011047
select rowid, distance from e where vss_search(i, '[1, 0.3333333, -2, 0, 4.06, 5, -6, 7]');
-- > 1|0.00271110586
-- > 3|110.021378
-- > 2|110.928047
-- > 4|792.595398
select rowid, distance from e where vss_search(b, '[1, 0.3333333, -2, 0, 4.06, 5, -6, 7]');
-- > 1|0
-- > 2|3
-- > 3|3
-- > 4|5
select rowid, distance from e where vss_search(hc, '[0, 1, 0, 1, 0, 1, 0, 1]') and n > 10 limit 2;
-- > 2|0
-- > 3|0.776393175
select rowid, distance from e where vss_search(il, '[0, 1, 0, 1, 0, 1, 0, 1]') order by distance limit 2 offset 1;
-- > 3|11.1999998
-- > 1|24.3999996
-- The stored BLOB is a query, and a vector to insert.
select q.rowid, (select e.rowid from e where vss_search(e.i, q.i) limit 1),
  (select e.rowid from e where vss_search(e.h, q.h) limit 1),
  (select e.rowid from e where vss_search(e.b, q.b) and distance = 0 order by e.rowid limit 1) from e as q;
-- > 1|1|1|1
-- > 2|2|2|2
-- > 3|3|3|3
-- > 4|4|4|4
insert into e(rowid, h, i, b) select 5, h, i, b from e where rowid = 1;
select count(distinct h), count(distinct i), count(distinct b) from e where rowid in (1, 5);
-- > 1|1|1
select rowid, distance from e where vss_search(b, x'b2') and distance <= 3;
-- > 1|1
-- > 5|1
-- > 2|2
-- > 3|2
select rowid, distance from e where vss_range_search(b, vss_range_search_params(x'b2', 2));
-- > 1|1
-- > 5|1
-- The bits of two BLOBs, and of two vectors by their signs.
select vss_distance_hamming(x'00ff', x'0f0f'), vss_distance_hamming('[1, -1, 2]', '[3, 1, 0]'),
  vss_distance('hamming', x'01', '[1, 0, 0, 0, 0, 0, 0, 1]');
-- > 8|2|1
-- Update, rollback and delete.
begin;
update e set i = '[1, 1, 1, 1, 1, 1, 1, 1]', b = x'ff', h = null where rowid = 2;
select rowid, distance from e where vss_search(i, '[1, 1, 1, 1, 1, 1, 1, 1]') limit 1;
-- > 2|0
select rowid, distance from e where vss_search(b, x'ff') limit 1;
-- > 2|0
select count(*) from e where vss_search(h, '[1, 1, 1, 1, 1, 1, 1, 1]');
-- > 4
rollback;
select rowid, distance from e where vss_search(b, x'ff') limit 1;
-- > 1|3
select count(*) from e where vss_search(h, '[1, 1, 1, 1, 1, 1, 1, 1]');
-- > 5
update e set rowid = 50 where rowid = 5;
delete from e where rowid = 1;
select rowid from e where vss_search(i, '[1, 0.3333333, -2, 0, 4.06, 5, -6, 7]') limit 1;
-- > 50
insert into e(e) values ('integrity-check');
insert into e(e) values ('rebuild');
pragma integrity_check;
-- > ok
vacuum;
select rowid, distance from e where vss_search(i, x'0A03EC00297F7F7F') limit 1;
-- > 3|355.569977
select vss_columns('main', 'e');
-- > [{"name":"f","vector":true,"dimensions":8,"metric":"L2","element":"float32"},{"name":"h","vector":true,"dimensions":8,"metric":"L2","element":"float16"},{"name":"i","vector":true,"dimensions":8,"metric":"L2","element":"int8","scale":10.0},{"name":"b","vector":true,"dimensions":8,"metric":"HAMMING","element":"bit"},{"name":"hc","vector":true,"dimensions":8,"metric":"COSINE","element":"float16"},{"name":"il","vector":true,"dimensions":8,"metric":"L1","element":"int8","scale":2.5},{"name":"n","vector":false,"type":"integer"}]

-- A search of int8 or bits fetches no vector.
create virtual table s using vss0(i int8[4] metric_type=COSINE, b bit[8], h float16[4]);
insert into s(i, b, h) select json_array(value, 1, 2, 3), json_array(1, -1, value, 1, 1, 1, 1, 1), json_array(value, 1, 2, 3) from json_each('[1, 2, 3, -4]');
select rowid, distance from s where vss_search(i, '[3, 1, 2, 3]') limit 2;
-- > 3|0
-- > 2|0.0170536265
select rowid, distance from s where vss_search(b, x'ff');
-- > 1|1
-- > 2|1
-- > 3|1
-- > 4|2
select json_extract(vss_table_stats('s'), '$.searches', '$.refined');
-- > [2,0]
select rowid from s where vss_search(h, '[3, 1, 2, 3]') limit 1;
-- > 3
select json_extract(vss_table_stats('s'), '$.searches', '$.refined');
-- > [3,4]

-- A vector that does not fit its column.
insert into e(h) values ('[1, 1, 65504, 1, 1, 1, 1, 65520]');
-- error: vss0 e.h: component 7 is 65520, float16 holds -65504 to 65504
insert into e(h) values (x'007c00000000000000000000000000000000');
-- error: vss0 e.h: vector is a BLOB of 18 bytes, expected 16 (float16) or 32 (float32)
insert into e(h) values (x'00000000000000000000000000000000');
insert into e(h) values (x'0000000000000000000000000000007c');
-- error: vss0 e.h: component 7 is infinite, expected a finite number
insert into e(h) values (x'0000000000000000000000000000017c');
-- error: vss0 e.h: component 7 is NaN, expected a finite number
insert into e(i) values ('[1, 1, -12.86, 1, 1, 1, 1, 12.8]');
-- error: vss0 e.i: component 2 is -12.8599997, times the scale 10 it is -128.599997, and int8 holds -128 to 127: the greatest scale that fits this vector is 9.92187
insert into e(i) values (x'00112233445566');
-- error: vss0 e.i: vector is a BLOB of 7 bytes, expected 8 (int8) or 32 (float32)
insert into e(b) values (x'0011');
-- error: vss0 e.b: vector is a BLOB of 2 bytes, expected 1 (bit) or 32 (float32)
insert into e(b) values ('[1, 0]');
-- error: vss0 e.b: vector has 2 components, expected 8
insert into e(b) values (7);
-- error: vss0 e.b: a vector was expected (BLOB or JSON array), got INTEGER
select rowid from e where vss_search(b, x'0011');
-- error: vss0 e.b: vector is a BLOB of 2 bytes, expected 1 (bit) or 32 (float32)
select rowid from e where vss_search(h, x'0011');
-- error: vss0 e.h: vector is a BLOB of 2 bytes, expected 16 (float16) or 32 (float32)
select vss_distance_hamming(x'00ff', x'0f');
-- error: vss_distance_hamming(): vectors have 16 and 8 components, expected the same number
select vss_distance_hamming('[1]', 5);
-- error: vss_distance_hamming(): second vector: a vector was expected (BLOB or JSON array), got INTEGER

-- A declaration that is none.
create virtual table t using vss0(e bit[12]);
-- error: vss0 t: column "e": expected dimensions that are a multiple of 8, got 12
create virtual table t using vss0(e bit[16] metric_type=L2);
-- error: vss0 t: column "e": metric_type L2 does not go with bit, expected HAMMING
create virtual table t using vss0(e float16[16] metric_type=Hamming);
-- error: vss0 t: column "e": metric_type HAMMING does not go with float16, expected bit[dimensions]
create virtual table t using vss0(e(16) metric_type=Hamming);
-- error: vss0 t: column "e": metric_type HAMMING does not go with float32, expected bit[dimensions]
create virtual table t using vss0(e float16[16] scale=3);
-- error: vss0 t: column "e": option scale goes with int8, the column is float16
create virtual table t using vss0(e(16) scale=3);
-- error: vss0 t: column "e": option scale goes with int8, the column is float32
create virtual table t using vss0(e int8[16] scale=0);
-- error: vss0 t: column "e": scale is "0", expected a number from 1e-30 to 1e30
create virtual table t using vss0(e int8[16] scale=3x);
-- error: unrecognized token: "3x"
create virtual table t using vss0(e int8[16] scale='');
-- error: vss0 t: column "e": scale is "", expected a number from 1e-30 to 1e30
create virtual table t using vss0(e int8[16] scale='1e31');
-- error: vss0 t: column "e": scale is "1e31", expected a number from 1e-30 to 1e30
create virtual table t using vss0(e int8[16] scale=-3);
-- error: vss0 t: column "e": expected a number after =, got -
create virtual table t using vss0(e int8[16] scale=3 scale=4);
-- error: vss0 t: column "e": option scale is given twice
create virtual table t using vss0(e uint8[16]);
-- error: vss0 t: column "e": expected float, float16, int8 or bit before [dimensions], got uint8
