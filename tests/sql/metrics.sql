-- The distance, the order and the range search of each metric.
create virtual table m using vss0(
  l2(2), ip(2) metric_type=INNER_PRODUCT, cosine(2) metric_type=cosine, l1(2) metric_type=L1,
  linf(2) metric_type=Linf, canberra(2) metric_type=Canberra, bray(2) metric_type=BrayCurtis,
  jensen(2) metric_type=JensenShannon);
with pairs(id, x) as (values (1, '[1, 2]'), (2, '[3, 1]'), (3, '[0, 0]'), (4, '[0.5, 4]'))
insert into m(rowid, l2, ip, cosine, l1, linf, canberra, bray, jensen) select id, x, x, x, x, x, x, x, x from pairs;
select rowid, distance from m where vss_search(l2, '[1, 1]');
-- > 1|1
-- > 3|2
-- > 2|4
-- > 4|9.25
select rowid, distance from m where vss_search(ip, '[1, 1]');
-- > 4|4.5
-- > 2|4
-- > 1|3
-- > 3|0
select rowid, distance from m where vss_search(cosine, '[1, 1]');
-- > 1|0.0513167009
-- > 2|0.105572812
-- > 4|0.210647777
-- > 3|1
select rowid, distance from m where vss_search(l1, '[1, 1]');
-- > 1|1
-- > 2|2
-- > 3|2
-- > 4|3.5
select rowid, distance from m where vss_search(linf, '[1, 1]');
-- > 1|1
-- > 3|1
-- > 2|2
-- > 4|3
select rowid, distance from m where vss_search(canberra, '[1, 1]');
-- > 1|0.333333343
-- > 2|0.5
-- > 4|0.933333337
-- > 3|2
select rowid, distance from m where vss_search(bray, '[1, 1]');
-- > 1|0.200000003
-- > 2|0.333333343
-- > 4|0.538461566
-- > 3|1
select rowid, distance from m where vss_search(jensen, '[1, 1]');
-- > 1|0.0849495158
-- > 2|0.261624068
-- > 4|0.524336636
-- > 3|0.693147182
-- With the inner product, the nearest row has the greatest value. A range search keeps what is
-- above.
select rowid, distance from m where vss_search(ip, '[1, 1]') order by distance desc limit 2;
-- > 4|4.5
-- > 2|4
select rowid, distance from m where vss_search(ip, '[1, 1]') order by distance limit 2;
-- > 3|0
-- > 1|3
select rowid, distance from m where vss_range_search(ip, vss_range_search_params('[1, 1]', 3));
-- > 4|4.5
-- > 2|4
select rowid, distance from m where vss_search(ip, '[1, 1]') and distance >= 4;
-- > 4|4.5
-- > 2|4
explain query plan select rowid from m where vss_search(ip, '[1, 1]') order by distance desc limit 2;
-- > SCAN m VIRTUAL TABLE INDEX 2:s1;l;|nearest first by ip, top-k from LIMIT
explain query plan select rowid from m where vss_search(ip, '[1, 1]') order by distance limit 2;
-- > SCAN m VIRTUAL TABLE INDEX 2:s1;|nearest first by ip, streaming
-- > USE TEMP B-TREE FOR ORDER BY
-- Under COSINE, a zero vector is at distance 1 from every vector.
select rowid, distance from m where vss_search(cosine, '[0, 0]');
-- > 1|1
-- > 2|1
-- > 3|1
-- > 4|1
-- The SQL functions give the same values.
select vss_distance_l1('[1, 2]', '[1, 1]'), vss_distance_l2('[1, 2]', '[3, 1]'), vss_distance_linf('[1, 2]', '[3, 1]'),
  vss_inner_product('[1, 2]', '[3, 1]'), vss_cosine_similarity('[1, 2]', '[2, 4]');
-- > 1|5|2|5|1
select vss_distance('L2', '[1, 2]', '[3, 1]'), vss_distance('canberra', '[1, 2]', '[3, 1]');
-- > 5|0.833333313
-- Under COSINE, equal vectors are at distance 0 exactly, and no distance is below 0 or above 2. Each of 400 rows
-- finds itself within the distance 0. The components are whole numbers that look random.
create virtual table near using vss0(e(24) metric_type=COSINE);
with recursive
  n(i) as (select 0 union all select i + 1 from n where i < 9599),
  x(i, v) as (select i, (i * 7919 + i * i * 104729) % 2003 - 1001 from n)
insert into near(rowid, e) select i / 24 + 1, json_group_array(v) from x group by i / 24;
select count(*) from near q where exists (
  select 1 from near where vss_search(near.e, q.e) and near.distance <= 0 and near.rowid = q.rowid);
-- > 400
select count(*), count(sqrt(v.distance)), min(v.distance), max(v.distance) <= 2
from near q cross join near v where q.rowid <= 100 and vss_search(v.e, q.e);
-- > 40000|40000|0|1
select count(*) from near where vss_distance_cosine(e, e) <> 0 or vss_cosine_similarity(e, e) <> 1
  or vss_distance_cosine(e, vss_fvec_sub(vss_fvec_sub(e, e), e)) <> 2;
-- > 0
