-- The functions of datasette-faiss over ordinary tables. tests/c/faiss tests them in depth.
select hex(faiss_encode('[2.4, 4.1, 1.8]')), faiss_decode(x'9A991940333383406666E63F');
-- > 9A991940333383406666E63F|[2.4000000953674316, 4.099999904632568, 1.7999999523162842]
select faiss_decode(faiss_encode('[0.0, -0.0, 1e-7, 3.4028235e38, 1e-45]'));
-- > [0.0, -0.0, 1.0000000116860974e-07, 3.4028234663852886e+38, 1.401298464324817e-45]

create table docs(id integer primary key, embedding blob);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 500)
insert into docs select i, faiss_encode('[' || i || ', 1]') from n;
select faiss_search('main', 'docs', '[250.2, 1]', 3);
-- > [250, 251, 249]
select faiss_search_with_scores('MAIN', 'Docs', '[250.5, 1]', 2);
-- > [[250, 0.25], [251, 0.25]]
select scans, rows_read, rows, dimensions from faiss_indexes;
-- > 1|500|500|2

-- After a small change, only the changed rows are read.
insert into docs values (900, faiss_encode('[250.25, 1]'));
select faiss_search('main', 'docs', '[250.2, 1]', 2);
-- > [900, 250]
update docs set embedding = faiss_encode('[0, 0]') where id = 250;
delete from docs where id = 900;
select faiss_search('main', 'docs', '[250.2, 1]', 2);
-- > [251, 249]
begin;
delete from docs where id between 240 and 260;
select faiss_search('main', 'docs', '[250.2, 1]', 2);
-- > [261, 239]
rollback;
select faiss_search('main', 'docs', '[250.2, 1]', 2);
-- > [251, 249]
select scans, rows_read - 500 <= 45 from faiss_indexes;
-- > 1|1

-- After a large change, every row is read once.
with recursive n(i) as (select 1001 union all select i + 1 from n where i < 3000)
insert into docs select i, faiss_encode('[' || i || ', 1]') from n;
delete from docs where id % 2;
select faiss_search('main', 'docs', '[250.2, 1]', 2);
-- > [252, 248]
select scans from faiss_indexes;
-- > 2
alter table docs rename to old;
select faiss_search('main', 'docs', '[250.2, 1]', 2);
-- error: faiss_search(): unknown table main.docs
select faiss_search('main', 'old', '[250.2, 1]', 2);
-- > [252, 248]
drop table old;
select faiss_search('main', 'old', '[250.2, 1]', 2);
-- error: faiss_search(): unknown table main.old
select count(*) from faiss_indexes;
-- > 0

-- The aggregates.
create table named(id text, embedding blob, kind text);
insert into named values ('a', '[1]', 'x'), ('b', '[2]', 'x'), ('c', null, 'x'), ('d', '[4]', 'y'), ('e', null, 'z');
select kind, faiss_agg_with_scores(id, embedding, '[2]', 2) from named group by kind;
-- > x|[["b", 0.0], ["a", 1.0]]
-- > y|[["d", 4.0]]
-- > z|NULL
select faiss_agg(id, embedding, '[2]', 5) filter (where kind <> 'x') from named;
-- > ["d"]
select value from json_each((select faiss_agg(id, embedding, '[2]', 5) from named));
-- > b
-- > a
-- > d
select faiss_agg(id, embedding, '[2]', 2) over (order by id) from named;
-- error: faiss_agg() may not be used as a window function
