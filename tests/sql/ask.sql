-- Every way to search. The eight rows lie on a line, so that distances are squares.
create virtual table docs using vss0(embedding(2), topic text, n integer);
insert into docs(rowid, embedding, topic, n) values
  (1, '[1, 0]', 'a', 10), (2, '[2, 0]', 'b', 20), (3, '[3, 0]', 'a', 30), (4, '[4, 0]', 'b', 40),
  (5, '[-4, 0]', 'a', 50), (6, '[6, 0]', 'b', 60), (7, '[7, 0]', 'a', null), (8, null, 'a', 80);

-- vss_search() with LIMIT.
select rowid, distance from docs where vss_search(embedding, '[0, 0]') limit 3;
-- > 1|1
-- > 2|4
-- > 3|9
-- vss_search_params() has k inside.
select rowid, distance from docs where vss_search(embedding, vss_search_params('[0, 0]', 3));
-- > 1|1
-- > 2|4
-- > 3|9
-- MATCH with k, as in sqlite-vec.
select rowid, distance from docs where embedding match '[0, 0]' and k = 3;
-- > 1|1
-- > 2|4
-- > 3|9
-- MATCH with LIMIT.
select rowid, distance from docs where embedding match '[0, 0]' limit 3;
-- > 1|1
-- > 2|4
-- > 3|9
-- ORDER BY distance changes nothing.
select rowid, distance from docs where vss_search(embedding, '[0, 0]') order by distance limit 3;
-- > 1|1
-- > 2|4
-- > 3|9
select rowid, distance from docs where vss_search(embedding, '[0, 0]') order by distance, rowid limit 3;
-- > 1|1
-- > 2|4
-- > 3|9
-- LIMIT with OFFSET.
select rowid, distance from docs where vss_search(embedding, '[0, 0]') limit 2 offset 2;
-- > 3|9
-- > 4|16
select rowid, distance from docs where vss_search(embedding, '[0, 0]') limit 2 offset 6;
-- > 7|49
select rowid, distance from docs where vss_search(embedding, '[0, 0]') order by distance limit 1, 2;
-- > 2|4
-- > 3|9
-- Without LIMIT and k, every row with a vector is found, nearest first, equal distances by rowid.
select rowid, distance from docs where vss_search(embedding, '[0, 0]');
-- > 1|1
-- > 2|4
-- > 3|9
-- > 4|16
-- > 5|16
-- > 6|36
-- > 7|49
-- Every row of a range search is nearer than the radius; a row at the radius is not found.
select rowid, distance from docs where vss_range_search(embedding, vss_range_search_params('[0, 0]', 16));
-- > 1|1
-- > 2|4
-- > 3|9
select rowid, distance from docs where vss_range_search(embedding, vss_range_search_params('[0, 0]', 16.5));
-- > 1|1
-- > 2|4
-- > 3|9
-- > 4|16
-- > 5|16
select rowid, distance from docs where vss_range_search(embedding, vss_range_search_params('[0, 0]', 16.5)) limit 2;
-- > 1|1
-- > 2|4
select rowid, distance from docs where vss_range_search(embedding, vss_range_search_params('[0, 0]', 0));
-- Terms on the distance.
select rowid, distance from docs where vss_search(embedding, '[0, 0]') and distance < 16;
-- > 1|1
-- > 2|4
-- > 3|9
select rowid, distance from docs where vss_search(embedding, '[0, 0]') and distance <= 16;
-- > 1|1
-- > 2|4
-- > 3|9
-- > 4|16
-- > 5|16
select rowid, distance from docs where vss_search(embedding, '[0, 0]') and distance between 4 and 16;
-- > 2|4
-- > 3|9
-- > 4|16
-- > 5|16
select rowid, distance from docs where vss_search(embedding, '[0, 0]') and distance > 4 limit 2;
-- > 3|9
-- > 4|16
select rowid, distance from docs where vss_search(embedding, '[0, 0]') and distance = 16;
-- > 4|16
-- > 5|16
select rowid, distance from docs where vss_search(embedding, '[0, 0]') and distance in (1, 36);
-- > 1|1
-- > 6|36
select rowid, distance from docs where vss_search(embedding, vss_search_params('[0, 0]', 2)) and distance in (9, 1, 36);
-- > 1|1
-- > 3|9
-- With both k and LIMIT, the smaller one counts.
select rowid from docs where vss_search(embedding, vss_search_params('[0, 0]', 5)) limit 2;
-- > 1
-- > 2
select rowid from docs where vss_search(embedding, vss_search_params('[0, 0]', 2)) limit 5;
-- > 1
-- > 2
select rowid from docs where embedding match '[0, 0]' and k = 5 limit 2 offset 2;
-- > 3
-- > 4
-- Searches for no rows.
select rowid from docs where vss_search(embedding, '[0, 0]') limit 0;
select rowid from docs where vss_search(embedding, vss_search_params('[0, 0]', 0));
select rowid from docs where embedding match '[0, 0]' and k = 0;
-- k may be as large as one likes.
select count(*) from docs where vss_search(embedding, vss_search_params('[0, 0]', 1000000000));
-- > 7
select count(*) from docs where embedding match '[0, 0]' and k = 9223372036854775807;
-- > 7
select count(*) from docs where vss_search(embedding, '[0, 0]') limit -1;
-- > 7
-- With filters, k counts the rows that satisfy them.
select rowid from docs where vss_search(embedding, vss_search_params('[0, 0]', 2)) and topic = 'b';
-- > 2
-- > 4
select rowid from docs where vss_search(embedding, '[0, 0]') and topic = 'b' limit 2;
-- > 2
-- > 4
select rowid from docs where embedding match '[0, 0]' and k = 2 and topic = 'b' and n > 20;
-- > 4
-- > 6
-- A query vector in each of its forms.
select rowid from docs where vss_search(embedding, x'0000c04000000000') limit 1;
-- > 6
select rowid from docs where vss_search(embedding, vector_from_json('[6, 0]')) limit 1;
-- > 6
select rowid from docs where vss_search(embedding, vector_to_blob('[6, 0]')) limit 1;
-- > 6
select rowid from docs where vss_search(embedding, vss_search_params(vector_to_blob('[6, 0]'), 1));
-- > 6
select rowid from docs where vss_search(embedding, (select embedding from docs where rowid = 6)) limit 1;
-- > 6
-- bind: x'0000c04000000000', 1
select rowid from docs where vss_search(embedding, ?1) limit ?2;
-- > 6
-- bind: x'0000c04000000000', 2
select rowid from docs where vss_search(embedding, vss_search_params(?1, ?2));
-- > 6
-- > 7
-- bind: '[6, 0]', 2
select rowid from docs where embedding match ?1 and k = ?2;
-- > 6
-- > 7
-- Without a search, rows come in the order of their rowids, and distance is NULL.
select rowid, distance, topic, n from docs;
-- > 1|NULL|a|10
-- > 2|NULL|b|20
-- > 3|NULL|a|30
-- > 4|NULL|b|40
-- > 5|NULL|a|50
-- > 6|NULL|b|60
-- > 7|NULL|a|NULL
-- > 8|NULL|a|80
select rowid, vector_to_json(embedding) from docs where rowid = 5;
-- > 5|[-4.0,0.0]
select count(*), max(n) from docs where topic = 'a';
-- > 5|80
-- A table that is empty, and one whose rows were deleted.
create virtual table empty_docs using vss0(embedding(3));
select rowid from empty_docs where vss_search(embedding, '[1, 2, 3]') limit 5;
select rowid from empty_docs where embedding match '[1, 2, 3]' and k = 5;
insert into empty_docs(rowid, embedding) values (1, '[1, 2, 3]');
delete from empty_docs;
select rowid from empty_docs where vss_search(embedding, '[1, 2, 3]') limit 5;
select rowid from empty_docs where vss_range_search(embedding, vss_range_search_params('[1, 2, 3]', 5));
