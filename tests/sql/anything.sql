-- Terms that cannot be pushed down: the answer has to be right for them too, and it has fewer than k rows
-- only where fewer rows satisfy them.
create virtual table v using vss0(e(1), topic text, a integer, b integer);
insert into v(rowid, e, topic, a, b) values
  (1, '[1]', 'x', 1, 6), (2, '[2]', 'y', 2, 5), (3, '[3]', 'x', 3, 4),
  (4, '[4]', 'y', 4, 3), (5, '[5]', 'x', 5, 2), (6, '[6]', null, 0, 1);
create table articles(id integer primary key, author text, likes integer);
insert into articles values (1, 'ann', 9), (3, 'bob', 1), (4, 'ann', 0), (5, 'ann', 7), (6, 'cid', 3);
create table tags(article integer, tag text);
insert into tags values (2, 'red'), (4, 'red'), (4, 'blue'), (6, 'red');

-- OR, NOT, columns as conditions, functions, expressions and row values.
select rowid from v where vss_search(e, '[0]') and (topic = 'y' or a > 4) limit 2;
-- > 2
-- > 4
select rowid from v where vss_search(e, '[0]') and (topic = 'y' or topic is null) limit 3;
-- > 2
-- > 4
-- > 6
select rowid from v where vss_search(e, '[0]') and not (topic = 'x') limit 3;
-- > 2
-- > 4
select rowid from v where vss_search(e, '[0]') and not topic = 'x';
-- > 2
-- > 4
select rowid from v where vss_search(e, '[0]') and a limit 9;
-- > 1
-- > 2
-- > 3
-- > 4
-- > 5
select rowid from v where vss_search(e, '[0]') and not a;
-- > 6
select rowid from v where vss_search(e, '[0]') and upper(topic) = 'Y' limit 2;
-- > 2
-- > 4
select rowid from v where vss_search(e, '[0]') and a + b = 7 and a > b limit 2;
-- > 4
-- > 5
select rowid from v where vss_search(e, '[0]') and a > b limit 1;
-- > 4
select rowid from v where vss_search(e, '[0]') and (a, b) = (4, 3);
-- > 4
select rowid from v where vss_search(e, '[0]') and (a, b) > (3, 4) limit 2;
-- > 4
-- > 5
select rowid from v where vss_search(e, '[0]') and (topic, a) in (values ('x', 5), ('y', 2));
-- > 2
-- > 5
select rowid from v where vss_search(e, '[0]') and case topic when 'x' then a else b end = 3;
-- > 3
-- > 4
select rowid from v where vss_search(e, '[0]') and cast(a as text) = '4';
-- > 4
select rowid from v where vss_search(e, '[0]') and distance / a > 3 limit 2;
-- > 4
-- > 5
select rowid from v where vss_search(e, '[0]') and coalesce(topic, 'none') = 'none';
-- > 6
-- Subqueries in a term.
select rowid from v where vss_search(e, '[0]') and exists (select 1 from tags where article = v.rowid) limit 2;
-- > 2
-- > 4
select rowid from v where vss_search(e, '[0]') and not exists (select 1 from tags where article = v.rowid) limit 2;
-- > 1
-- > 3
select rowid from v where vss_search(e, '[0]') and rowid in (select article from tags where tag = 'red') limit 2;
-- > 2
-- > 4
select rowid from v where vss_search(e, vss_search_params('[0]', 2)) and rowid in (select article from tags where tag = 'red');
-- > 2
-- > 4
select rowid from v where vss_search(e, '[0]') and a = (select max(article) from tags where tag = 'blue');
-- > 4
select rowid from v where vss_search(e, '[0]') and (select count(*) from tags where article = v.rowid) = 2;
-- > 4
-- Joins written in either order. The search is the outer loop.
select v.rowid, author from v join articles on articles.id = v.rowid
where vss_search(e, '[0]') and author = 'ann' limit 2;
-- > 1|ann
-- > 4|ann
select v.rowid, author from articles join v on articles.id = v.rowid
where vss_search(e, '[0]') and author = 'ann' limit 2;
-- > 1|ann
-- > 4|ann
select v.rowid, author from articles, v
where articles.id = v.rowid and vss_search(e, '[0]') and author = 'ann' limit 2;
-- > 1|ann
-- > 4|ann
select v.rowid, author from v left join articles on articles.id = v.rowid
where vss_search(e, '[0]') limit 3;
-- > 1|ann
-- > 2|NULL
-- > 3|bob
select v.rowid, tag, likes from v join tags on article = v.rowid join articles on id = article
where vss_search(e, '[0]') and likes >= 0 order by distance, tag limit 2;
-- > 4|blue|0
-- > 4|red|0
explain query plan select v.rowid from articles join v on articles.id = v.rowid
where vss_search(e, '[0]') and author = 'ann' limit 2;
-- > SCAN v VIRTUAL TABLE INDEX 2:s0;|nearest first by e, streaming
-- > SEARCH articles USING INTEGER PRIMARY KEY (rowid=?)
-- The k nearest rows of each query.
create table queries(id integer primary key, vector, topic);
insert into queries values (1, '[0]', 'x'), (2, '[9]', 'y');
select queries.id, v.rowid, distance from queries
join v on vss_search(v.e, vss_search_params(queries.vector, 2));
-- > 1|1|1
-- > 1|2|4
-- > 2|6|9
-- > 2|5|16
select queries.id, v.rowid, distance from queries
join v on v.e match queries.vector and k = 2 and v.topic = queries.topic;
-- > 1|1|1
-- > 1|3|9
-- > 2|4|25
-- > 2|2|49
select id, (select group_concat(r) from (select rowid as r from v where vss_search(e, queries.vector) limit 2))
from queries;
-- > 1|1,2
-- > 2|6,5
-- A search in a CTE, in a view and in a subquery.
with nearest as (select rowid as id, distance from v where vss_search(e, '[0]') order by distance limit 4)
select nearest.id, author from nearest join articles using (id) order by distance;
-- > 1|ann
-- > 3|bob
-- > 4|ann
create view nearest_view as
  select rowid as id, distance, topic from v where vss_search(e, vss_search_params('[0]', 4));
select id from nearest_view where topic = 'y';
-- > 2
-- > 4
select author, count(*), min(distance) from nearest_view join articles using (id) group by author;
-- > ann|2|1
-- > bob|1|9
select * from articles where id in (select rowid from v where vss_search(e, '[0]') limit 3);
-- > 1|ann|9
-- > 3|bob|1
-- Window functions, aggregates, DISTINCT and UNION.
select rowid, row_number() over (order by distance) as place,
  row_number() over (partition by topic order by distance) as in_topic
from v where vss_search(e, '[0]') order by distance limit 4;
-- > 1|1|1
-- > 2|2|1
-- > 3|3|2
-- > 4|4|2
select topic, count(*), min(distance) from v where vss_search(e, '[0]') group by topic having count(*) > 1;
-- > x|3|1
-- > y|2|4
select distinct topic from v where vss_search(e, '[0]') order by topic;
-- > NULL
-- > x
-- > y
select count(*), max(distance) from v where vss_search(e, '[0]') and b < 5;
-- > 4|36
select * from (select rowid from v where vss_search(e, '[0]') limit 2)
union all
select * from (select rowid from v where vss_search(e, '[9]') limit 2);
-- > 1
-- > 2
-- > 6
-- > 5
-- Orders other than by distance.
select rowid from v where vss_search(e, '[0]') order by distance desc limit 2;
-- > 6
-- > 5
select rowid from v where vss_search(e, '[0]') order by topic, distance limit 3;
-- > 6
-- > 1
-- > 3
select rowid from v where vss_search(e, '[0]') and topic = 'x' order by b limit 2;
-- > 5
-- > 3
-- Two searches in one statement.
select p.rowid, p.distance, q.distance from v p join v q on q.rowid = p.rowid
where vss_search(p.e, '[0]') and vss_search(q.e, '[9]') order by p.distance + q.distance, p.rowid limit 2;
-- > 4|16|25
-- > 5|25|16
-- A saved search on the right side of a LEFT JOIN keeps the rows of the left side.
create view liked as select rowid as r from v where vss_search(e, '[0]') and a like 'x%' and distance like 'x%';
select articles.id, r from articles left join liked on r = articles.id limit 2;
-- > 1|NULL
-- > 3|NULL
