-- A join whose search does not drive is refused, except where the order is asked for or does not count.
create virtual table v using vss0(e(1));
insert into v(rowid, e) values (1, '[9]'), (2, '[1]');
create table d(id integer primary key, owner text, place integer);
insert into d values (1, 'me', 1), (2, 'me', 2);
create table m(vid integer, did integer);
insert into m values (1, 1), (2, 2);
create virtual table w using vss0(e(1), g text);
insert into w(rowid, e, g) values (1, '[9]', 'a'), (2, '[1]', 'b');
create virtual table ip using vss0(e(1) metric_type=INNER_PRODUCT);
insert into ip(rowid, e) values (1, '[1]'), (2, '[9]');
create table q(id integer primary key, e);
insert into q values (1, '[0]'), (2, '[9]');

-- Without statistics the search drives.
select v.rowid, v.distance from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]') limit 1;
-- > 2|1

-- ANALYZE has seen two rows: SQLite expects less than one row of a condition, and takes that table first at any price.
analyze;
select v.rowid, v.distance from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]') limit 1;
-- error: vss0 v: the search does not drive this join: add order by distance (`order by v.distance`), or write v first and CROSS JOIN behind it
select w.rowid from w join d on d.id = w.rowid where d.owner = 'me' and vss_search(w.e, vss_search_params('[0]', 5));
-- error: vss0 w: the search does not drive this join: add order by distance (`order by w.distance`), or write w first and CROSS JOIN behind it
select ip.rowid from ip join d on d.id = ip.rowid where d.owner = 'me' and ip.e match '[1]' limit 1;
-- error: vss0 ip: the search does not drive this join: add order by distance (`order by ip.distance desc`), or write ip first and CROSS JOIN behind it
-- Both cures.
select v.rowid, v.distance from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]') order by v.distance limit 1;
-- > 2|1
select v.rowid, v.distance from v cross join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]') limit 1;
-- > 2|1
select ip.rowid from ip join d on d.id = ip.rowid where d.owner = 'me' and ip.e match '[1]' order by ip.distance desc limit 1;
-- > 2

-- The kinds of a join: a CTE, JOIN with a WHERE, USING, LEFT JOIN with a WHERE on the right table, three tables, no
-- term between the two, a view, a subquery with a LIMIT, INSERT, DISTINCT, a compound.
with t(g, kind) as (values ('a', 'k'), ('b', 'k'))
select w.rowid, w.distance from w join t on t.g = w.g where t.kind = 'k' and vss_search(w.e, '[0]') limit 1;
-- error: vss0 w: the search does not drive this join: add order by distance (`order by w.distance`), or write w first and CROSS JOIN behind it
with t(g, kind) as (values ('a', 'k'), ('b', 'k'))
select w.rowid from w join t using (g) where t.kind = 'k' and vss_search(w.e, '[0]') limit 1;
-- error: vss0 w: the search does not drive this join: add order by distance (`order by w.distance`), or write w first and CROSS JOIN behind it
select v.rowid from v left join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]') limit 1;
-- error: vss0 v: the search does not drive this join: add order by distance (`order by v.distance`), or write v first and CROSS JOIN behind it
select v.rowid from v join m on m.vid = v.rowid join d on d.id = m.did where d.owner = 'me' and vss_search(v.e, '[0]') limit 1;
-- error: vss0 v: the search does not drive this join: add order by distance (`order by v.distance`), or write v first and CROSS JOIN behind it
select v.rowid, d.id from d join v where d.owner = 'me' and vss_search(v.e, '[0]') limit 1;
-- error: vss0 v: the search does not drive this join: add order by distance (`order by v.distance`), or write v first and CROSS JOIN behind it
create temp view seen as select v.rowid as id from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]');
select id from seen limit 1;
-- error: vss0 v: the search does not drive this join: add order by distance (`order by v.distance`), or write v first and CROSS JOIN behind it
select count(*) from (select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]') limit 1);
-- error: vss0 v: the search does not drive this join: add order by distance (`order by v.distance`), or write v first and CROSS JOIN behind it
select 1 where 2 in (select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]') limit 1);
-- error: vss0 v: the search does not drive this join: add order by distance (`order by v.distance`), or write v first and CROSS JOIN behind it
create temp table found(id integer, distance real);
insert into found select v.rowid, v.distance from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]');
-- error: vss0 v: the search does not drive this join: add order by distance (`order by v.distance`), or write v first and CROSS JOIN behind it
select distinct d.owner, v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]') limit 1;
-- error: vss0 v: the search does not drive this join: add order by distance (`order by v.distance`), or write v first and CROSS JOIN behind it
select distinct v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]') limit 1;
-- error: vss0 v: the search does not drive this join: add order by distance (`order by v.distance`), or write v first and CROSS JOIN behind it
select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]')
union all select id from q;
-- error: vss0 v: the search does not drive this join: add order by distance (`order by v.distance`), or write v first and CROSS JOIN behind it
select q.id, (select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, q.e) limit 1) from q;
-- error: vss0 v: the search does not drive this join: add order by distance (`order by v.distance`), or write v first and CROSS JOIN behind it
select group_concat(v.rowid) from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]');
-- error: vss0 v: the search does not drive this join: add order by distance (`order by v.distance`), or write v first and CROSS JOIN behind it
select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, (select e from q where id = 1)) limit 1;
-- error: vss0 v: the search does not drive this join: add order by distance (`order by v.distance`), or write v first and CROSS JOIN behind it
select v.rowid from d cross join v on d.id = v.rowid where vss_search(v.e, vss_search_params('[0]', 2));
-- error: vss0 v: the search does not drive this join: add order by distance (`order by v.distance`), or write v first and CROSS JOIN behind it

select distinct d.id from d cross join v where vss_search(v.e, '[0]') limit 1;
-- error: vss0 v: the search does not drive this join: add order by distance (`order by v.distance`), or write v first and CROSS JOIN behind it
-- Behind a RIGHT JOIN, whose loop is a subroutine; before one; and a LIMIT whose row ends in a constant 1.
select m.did, d.id, v.rowid from m right join d on d.id = m.did cross join v where vss_search(v.e, '[0]') and m.vid = v.rowid limit 1;
-- error: vss0 v: the search does not drive this join: add order by distance (`order by v.distance`), or write v first and CROSS JOIN behind it
select d.id, v.rowid from d cross join v right join m on m.vid = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]') limit 1;
-- error: vss0 v: the search does not drive this join: add order by distance (`order by v.distance`), or write v first and CROSS JOIN behind it
select (select case when d.place = 9 then v.rowid when d.place = 1 then 7 else 1 end
  from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]') limit 1);
-- error: vss0 v: the search does not drive this join: add order by distance (`order by v.distance`), or write v first and CROSS JOIN behind it

-- In a trigger.
create temp table asked(id integer, query);
create temp trigger answer after insert on asked begin
  insert into found select v.rowid, v.distance from v join d on d.id = v.rowid
    where d.owner = 'me' and vss_search(v.e, new.query) limit 1;
end;
insert into asked values (1, '[0]');
-- error: vss0 v: the search does not drive this join: add order by distance (`order by v.distance`), or write v first and CROSS JOIN behind it
drop trigger answer;
create temp trigger answer after insert on asked begin
  insert into found select v.rowid, v.distance from v cross join d on d.id = v.rowid
    where d.owner = 'me' and vss_search(v.e, new.query) limit 1;
end;
insert into asked values (1, '[0]');
select * from found;
-- > 2|1
drop trigger answer;

-- Where the order is asked for, in whatever way SQLite carries it out.
select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]') order by d.place limit 1;
-- > 1
select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]') order by d.id limit 1;
-- > 1
select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]') order by d.id desc;
-- > 2
-- > 1
select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]') order by d.owner, v.distance;
-- > 2
-- > 1
select row_number() over (order by v.distance), v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]');
-- > 1|2
-- > 2|1
-- Where it does not count.
select count(*), sum(v.distance) from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]');
-- > 2|82
select d.place, count(*) from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]') group by d.place;
-- > 1|1
-- > 2|1
select 1 where 2 in (select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]'));
-- > 1
select 1 where exists (select 1 from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]'));
-- > 1
select id from d where owner = 'me' and exists (select 1 from v where v.rowid = d.id and vss_search(v.e, '[0]'));
-- > 1
-- > 2
select v.rowid from v join d on d.id = v.rowid where d.owner = 'me' and vss_search(v.e, '[0]')
union select 3;
-- > 1
-- > 2
-- > 3
update d set place = 10 * v.distance from v where v.rowid = d.id and d.owner = 'me' and vss_search(v.e, '[0]');
select id, place from d;
-- > 1|810
-- > 2|10
-- What subqueries in the loop do with rows of their own does not count.
select d.id, v.rowid from d cross join v where (select count(*) from q where q.id <= v.rowid) > 1 and (select id from q where q.id < 9 limit 1) = 1
  and (select group_concat(id) from (select id from q where id >= v.rowid limit 2)) > '' and vss_search(v.e, '[0]') order by v.distance, d.id limit 1;
-- > 1|2
select d.id, v.rowid from d cross join v where (select count(*) from (select id from q limit 5) a, (select id from q where id <= v.rowid limit 5) b) > 0
  and vss_search(v.e, '[0]') order by v.distance, d.id limit 1;
-- > 1|2
-- Where there is one row of the other table.
select v.rowid, m.did from d left join m on m.rowid = d.id cross join v where d.id = 1 and vss_search(v.e, '[0]') limit 1;
-- > 2|1
select v.rowid from v join d where d.id = 1 and vss_search(v.e, '[0]') limit 1;
-- > 2
select v.rowid from d cross join v where d.id = 1 and vss_search(v.e, '[0]') limit 1;
-- > 2
with t(e) as (select '[0]') select v.rowid from t cross join v where vss_search(v.e, '[0]') limit 1;
-- > 2
-- The right table of a LEFT JOIN: every row of the left one is kept.
select d.id, v.distance from d left join v on v.rowid = d.id and vss_search(v.e, '[0]');
-- > 1|81
-- > 2|1
-- A query that comes from the other table: the search is entered once per row of it.
select q.id, v.rowid from q join v on vss_search(v.e, q.e) where q.id > 0 and v.distance < 1;
-- > 2|1
select q.id, v.rowid from q cross join v on vss_search(v.e, vss_search_params(q.e, 1));
-- > 1|2
-- > 2|1
select q.id, v.rowid from q cross join v on vss_search(v.e, coalesce(q.e, '[0]')) and v.k = 1;
-- > 1|2
-- > 2|1
select q.id, v.rowid from q cross join v on vss_search(v.e, '[' || (9 * q.id - 9) || ']') and v.k = 1;
-- > 1|2
-- > 2|1
select q.id, v.rowid from q cross join v on vss_search(v.e, '[0]') and v.k = q.id;
-- > 1|2
-- > 2|2
-- > 2|1
select x.id, v.rowid from (select id, e from q order by id limit 9) x cross join v on vss_search(v.e, vss_search_params(x.e, 1));
-- > 1|2
-- > 2|1
select q.id, v.rowid from q cross join v on vss_search(v.e, (select e from q as p where p.id = q.id)) and v.k = 1;
-- > 1|2
-- > 2|1
select q.id, (select v.rowid from v where vss_search(v.e, q.e) limit 1) from q;
-- > 1|2
-- > 2|1

-- The query on the wrong side: the searched table has to come first, and its query with it.
select q.id, v.rowid from v cross join q where vss_search(v.e, q.e);
-- error: vss0 v: vss_search() or vss_range_search() must be a term of WHERE (or of an inner join's ON) that holds for every row: not inside OR, NOT or a function, not on the outer side of a LEFT JOIN, not with a query from a table behind it in a CROSS or LEFT JOIN, and on a vss0 table's vector column
select q.id, v.rowid from v left join q on vss_search(v.e, q.e);
-- error: vss0 v: vss_search() or vss_range_search() must be a term of WHERE (or of an inner join's ON) that holds for every row: not inside OR, NOT or a function, not on the outer side of a LEFT JOIN, not with a query from a table behind it in a CROSS or LEFT JOIN, and on a vss0 table's vector column
select q.id, v.rowid from v cross join q where v.e match q.e and v.k = 1;
-- error: vss0 v: k = ? without a search; add `<vector column> match ?` or vss_search(), with a query from no table behind it in a CROSS or LEFT JOIN

-- Outer loops of other shapes: an OR over two indexes, IN, statistics that are out of date.
create index d_place on d(place);
create index d_owner on d(owner);
select v.rowid from d cross join v on v.rowid = d.id where (d.place = 810 or d.owner = 'me') and vss_search(v.e, '[0]') limit 1;
-- error: vss0 v: the search does not drive this join: add order by distance (`order by v.distance`), or write v first and CROSS JOIN behind it
select v.rowid from d cross join v where d.id in (1, 2) and vss_search(v.e, '[0]') limit 1;
-- error: vss0 v: the search does not drive this join: add order by distance (`order by v.distance`), or write v first and CROSS JOIN behind it
create table big(id integer primary key, tenant text, live integer);
create index big_live on big(tenant, live);
insert into big values (1, 't', 1), (2, 't', 1);
insert into sqlite_stat1 values ('big', 'big_live', '10000 1 1');
analyze sqlite_schema;
select v.rowid from v join big on big.id = v.rowid where big.tenant = 't' and big.live = 1 and big.id > 0 and vss_search(v.e, '[0]') limit 1;
-- error: vss0 v: the search does not drive this join: add order by distance (`order by v.distance`), or write v first and CROSS JOIN behind it
select v.rowid from v join big on big.id = v.rowid where big.tenant = 't' and big.live = 1 and big.id > 0 and vss_search(v.e, '[0]') order by v.distance limit 1;
-- > 2

-- Two searches in one FROM: one of them drives, and without ORDER BY nothing says which.
select v.rowid, w.rowid from v join w on w.rowid = v.rowid where vss_search(v.e, '[0]') and vss_search(w.e, '[0]') order by v.distance;
-- > 2|2
-- > 1|1
