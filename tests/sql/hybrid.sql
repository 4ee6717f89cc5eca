-- Full text search and vector search in one statement, combined by reciprocal rank.
create table docs(id integer primary key, body text, lang text, embedding);
insert into docs values
  (1, 'the quick brown fox', 'en', '[1, 0]'),
  (2, 'a fox in the snow, a red fox', 'en', '[0.9, 0.2]'),
  (3, 'lazy dogs sleep', 'en', '[0, 1]'),
  (4, 'der schnelle Fuchs, in English: fox', 'de', '[0.8, 0.1]'),
  (5, 'hares and foxes', 'en', '[0.7, 0.3]');
create virtual table fts_docs using fts5(body, content = 'docs', content_rowid = 'id');
insert into fts_docs(fts_docs) values ('rebuild');
create virtual table vss_docs using vss0(embedding(2) metric_type=COSINE, lang text);
insert into vss_docs(rowid, embedding, lang) select id, embedding, lang from docs;

with
  by_words as (
    select rowid as id, row_number() over (order by rank) as place
    from fts_docs where fts_docs match 'fox' order by place limit 10),
  by_vector as (
    select rowid as id, row_number() over (order by distance, rowid) as place
    from vss_docs where vss_search(embedding, vss_search_params('[1, 0.1]', 10)) and lang = 'en')
select docs.id, docs.body,
  round(coalesce(1.0 / (60 + by_words.place), 0) + coalesce(1.0 / (60 + by_vector.place), 0), 6) as score
from docs
left join by_words using (id)
left join by_vector using (id)
where lang = 'en' and (by_words.id is not null or by_vector.id is not null)
order by score desc, docs.id
limit 3;
-- > 1|the quick brown fox|0.032522
-- > 2|a fox in the snow, a red fox|0.032522
-- > 5|hares and foxes|0.015873

-- A full text search filters the vector search.
select v.rowid, d.body from vss_docs v join docs d on d.id = v.rowid
where vss_search(v.embedding, '[1, 0]')
  and v.rowid in (select rowid from fts_docs where fts_docs match 'fox')
limit 2;
-- > 1|the quick brown fox
-- > 4|der schnelle Fuchs, in English: fox
