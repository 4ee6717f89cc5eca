-- Statements of sqlite-vss's documentation, unchanged where possible. docs/sql.md has the rules.
create table articles(headline text, headline_embedding, description_embedding);
insert into articles values
  ('one', vector_from_json('[1, 0, 0]'), vector_to_blob('[0, 0, 1]')),
  ('two', vector_from_json('[0, 1, 0]'), vector_to_raw('[0, 1, 1]'));
create virtual table vss_articles using vss0(
  headline_embedding(3),
  description_embedding(3)
);
insert into vss_articles(rowid, headline_embedding, description_embedding)
  select rowid, headline_embedding, description_embedding from articles;
select rowid, distance from vss_articles
where vss_search(headline_embedding, vector_from_json('[0.9, 0, 0]'))
limit 100;
-- > 1|0.0100000044
-- > 2|1.80999994
select rowid, distance from vss_articles
where vss_search(headline_embedding, vss_search_params(vector_from_json('[0.9, 0, 0]'), 20));
-- > 1|0.0100000044
-- > 2|1.80999994
select rowid, distance from vss_articles
where vss_range_search(description_embedding, vss_range_search_params('[0, 0, 1]', 0.5));
-- > 1|0
with matches as (
  select rowid, distance from vss_articles
  where vss_search(headline_embedding, (select headline_embedding from articles where rowid = 2))
  limit 20
)
select articles.rowid, articles.headline, matches.distance
from matches left join articles on articles.rowid = matches.rowid;
-- > 2|two|0
-- > 1|one|2
create virtual table vss_ivf using vss0(a(3) factory="Flat,IDMap2" metric_type=INNER_PRODUCT, b(3) storage_type=faiss_ondisk);
create virtual table vss_ivf2 using vss0(a(3) factory="IVF4096,Flat,IDMap2");
-- error: vss0 vss_ivf2: column "a": factory "IVF4096,Flat,IDMap2" is not supported: vss0 is exact and flat ("Flat", "Flat,IDMap" or "Flat,IDMap2")
insert into vss_ivf(operation, a) select 'training', headline_embedding from articles;
-- error: table vss_ivf has no column named operation
select vss_distance_l1('[1, 2]', '[3, 4]'), vss_distance_l2('[1, 2]', '[3, 4]'), vss_distance_linf('[1, 2]', '[3, 4]'),
  vss_inner_product('[1, 2]', '[3, 4]'), vector_to_json(vss_fvec_add('[1, 2]', '[3, 4]'));
-- > 4|8|2|11|[4.0,6.0]
-- Statements that sqlite-vss refuses, and rows that it loses.
update vss_articles set headline_embedding = '[0, 0, 1]' where rowid = 1;
insert or replace into vss_articles(rowid, headline_embedding) values (2, '[1, 1, 1]');
insert into vss_articles(headline_embedding) values ('[5, 5, 5]');
select rowid, distance from vss_articles where vss_search(headline_embedding, '[0, 0, 1]') and rowid in (1, 3) limit 2;
-- > 1|0
-- > 3|66
select rowid from vss_articles where vss_search(headline_embedding, '[0, 0, 1]') limit 2 offset 1;
-- > 2
-- > 3
alter table vss_articles rename to vss_news;
select count(*) from vss_news where vss_search(headline_embedding, '[0, 0, 1]');
-- > 3
