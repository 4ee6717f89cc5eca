-- Statements of sqlite-vec's documentation, written for vss0. docs/sql.md has the rules.
create virtual table vec_items using vss0(embedding float[4]);
insert into vec_items(rowid, embedding) values
  (1, '[0.1, 0.1, 0.1, 0.1]'), (2, '[0.2, 0.2, 0.2, 0.2]'), (3, '[0.3, 0.3, 0.3, 0.3]'),
  (4, '[0.4, 0.4, 0.4, 0.4]'), (5, '[0.5, 0.5, 0.5, 0.5]');
select rowid, round(distance, 4), round(sqrt(distance), 4) from vec_items
where embedding match '[0.3, 0.3, 0.3, 0.3]'
order by distance
limit 3;
-- > 3|0|0
-- > 4|0.04|0.2
-- > 2|0.04|0.2
select rowid from vec_items where embedding match '[0.3, 0.3, 0.3, 0.3]' and k = 3;
-- > 3
-- > 4
-- > 2
select rowid from vec_items where embedding match '[0.3, 0.3, 0.3, 0.3]' and k = 3 and rowid in (1, 2, 5);
-- > 2
-- > 5
-- > 1
create virtual table vec_movies using vss0(
  synopsis_embedding float[3] distance_metric=cosine,
  genre text, num_reviews integer, mean_rating float, contains_violence boolean
);
insert into vec_movies(rowid, synopsis_embedding, genre, num_reviews, mean_rating, contains_violence) values
  (1, '[1, 0, 0]', 'scifi', 3, 4, 0), (2, '[1, 1, 0]', 'scifi', 600, 3.5, 1), (3, '[1, 1, 1]', 'drama', 900, 4.5, 0);
select rowid, round(distance, 4) from vec_movies
where synopsis_embedding match '[1, 0, 0]'
  and k = 5
  and genre = 'scifi'
  and num_reviews between 100 and 700
  and mean_rating > 3.0
  and contains_violence = true;
-- > 2|0.2929
select rowid from vec_movies where synopsis_embedding match '[1, 0, 0]' and k = 2 and (genre = 'drama' or num_reviews < 10);
-- > 1
-- Its primary keys.
create virtual table keyed using vss0(id integer primary key, e float[3]);
insert into keyed(id, e) values (5, '[1, 0, 0]'), (9, '[0, 1, 0]');
select id, distance from keyed where e match '[0, 1, 0]' and k = 1;
-- > 9|0
create virtual table named using vss0(name text primary key, e float[3]);
insert into named(name, e) values ('x', '[1, 0, 0]'), ('y', '[0, 1, 0]');
select name, distance from named where e match '[0, 1, 0]' and k = 1;
-- > y|0
-- Words of sqlite-vec that vss0 does not have: the message says so.
create virtual table t using vss0(user_id integer partition key, e float[3]);
-- error: vss0 t: column "user_id": constraint "partition key" is not supported, a filter column has only a type and a collation
create virtual table t using vss0(e float[3], chunk_size=8);
-- error: vss0 t: unknown table option "chunk_size", expected cache
create virtual table t using vss0(e float[3], +contents text);
-- error: vss0 t: column 2: expected a name, got +contents text
-- Statements that sqlite-vec refuses, or answers with too few rows.
select rowid from vec_movies where synopsis_embedding match '[1, 0, 0]' and k = 3 and genre like 's%';
-- > 1
-- > 2
select rowid from vec_movies where synopsis_embedding match '[1, 0, 0]' and k = 3 and genre is not null;
-- > 1
-- > 2
-- > 3
select rowid from vec_movies where synopsis_embedding match '[1, 0, 0]' and k = 1 and num_reviews = 600.0;
-- > 2
select rowid from vec_movies where synopsis_embedding match '[1, 0, 0]' and num_reviews > 3.5 limit 2 offset 1;
-- > 3
select rowid from vec_movies where synopsis_embedding match '[1, 0, 0]' and k = 5000;
-- > 1
-- > 2
-- > 3
insert or replace into vec_movies(rowid, synopsis_embedding, genre) values (1, '[0, 1, 0]', null);
select rowid, genre from vec_movies where synopsis_embedding match '[0, 1, 0]' and k = 1;
-- > 1|NULL
