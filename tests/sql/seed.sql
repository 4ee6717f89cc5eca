-- The example of the sqlite-vss proposal, word for word, over a small table `articles`.
create table articles(
  headline text,
  headline_embedding,
  body_embedding,
  published_at date,
  newsroom text
);
with recursive
  article(id, published_at, newsroom) as (values
    (1, '2015-12-31', 'NY Times'), (2, '2016-01-01', 'NY Times'), (3, '2017-06-01', 'Guardian'),
    (4, '2018-03-14', 'NY Times'), (5, '2019-12-31', 'NY Times'), (6, '2020-01-01', 'NY Times'),
    (7, '2017-02-03', 'ny times'), (8, '2017-11-11', 'NY Times'), (9, null, 'NY Times'),
    (10, '2018-08-08', null)),
  component(j) as (values (1) union all select j + 1 from component where j < 384)
insert into articles(rowid, headline, headline_embedding, published_at, newsroom)
  select id, 'Article ' || id,
    (select vector_from_json('[' || group_concat((id * j * j) % 7 - 3) || ']') from component),
    published_at, newsroom
  from article;

create virtual table vss_articles using vss0(
  headline_embedding(384),                 -- vector column: float32, squared L2
  body_embedding(768) metric_type=COSINE,  -- any number of vector columns, each with its metric
  published_at date, newsroom text, words integer, score real   -- filter columns, SQLite types
);
insert into vss_articles(rowid, headline_embedding, published_at, newsroom)
  select rowid, headline_embedding, published_at, newsroom from articles;

-- bind: (select headline_embedding from articles where rowid = 4)
select rowid, distance from vss_articles
where vss_search(headline_embedding, ?1)
  and published_at between '2016-01-01' and '2019-12-31'
  and newsroom = 'NY Times'
limit 20;
-- > 4|0
-- > 2|1540
-- > 8|1540
-- > 5|2310

-- The same query without vss0.
-- bind: (select headline_embedding from articles where rowid = 4)
select rowid, vss_distance_l2(headline_embedding, ?1) as distance from articles
where published_at between '2016-01-01' and '2019-12-31' and newsroom = 'NY Times'
order by distance, rowid
limit 20;
-- > 4|0
-- > 2|1540
-- > 8|1540
-- > 5|2310

-- No body was given: a search of a column does not find rows that have no vector in it.
-- bind: (select vector_from_json('[' || group_concat(1) || ']') from (with recursive c(j) as (values (1) union all select j + 1 from c where j < 768) select j from c))
select count(*) from vss_articles where vss_search(body_embedding, ?1);
-- > 0

-- The search in a join, written in either order.
-- bind: (select headline_embedding from articles where rowid = 4)
select v.rowid, a.headline
from vss_articles v join articles a on a.rowid = v.rowid
where vss_search(v.headline_embedding, ?1) and a.headline >= 'Article 3'
limit 3;
-- > 4|Article 4
-- > 8|Article 8
-- > 9|Article 9
-- bind: (select headline_embedding from articles where rowid = 4)
select v.rowid, a.headline
from articles a join vss_articles v on a.rowid = v.rowid
where vss_search(v.headline_embedding, ?1) and a.headline >= 'Article 3'
limit 3;
-- > 4|Article 4
-- > 8|Article 8
-- > 9|Article 9
