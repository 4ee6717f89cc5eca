-- The recommended pattern: the rows live in an ordinary table, and three triggers keep the vss0 table in
-- step.
create table articles(id integer primary key, headline text, newsroom text, embedding blob);
create virtual table vss_articles using vss0(embedding(2), newsroom text);

create trigger articles_insert after insert on articles begin
  insert into vss_articles(rowid, embedding, newsroom) values (new.id, new.embedding, new.newsroom);
end;
create trigger articles_update after update on articles begin
  update vss_articles set rowid = new.id, embedding = new.embedding, newsroom = new.newsroom
  where rowid = old.id;
end;
create trigger articles_delete after delete on articles begin
  delete from vss_articles where rowid = old.id;
end;
-- Without this, REPLACE would delete the old row without firing the trigger.
pragma recursive_triggers = on;

insert into articles values
  (1, 'one', 'NY Times', '[1, 0]'), (2, 'two', 'Guardian', '[2, 0]'), (3, 'three', 'NY Times', '[3, 0]');
select rowid, newsroom from vss_articles where vss_search(embedding, '[0, 0]');
-- > 1|NY Times
-- > 2|Guardian
-- > 3|NY Times
update articles set newsroom = 'Guardian' where id = 1;
update articles set id = 30, embedding = '[0.5, 0]' where id = 3;
select a.id, a.headline, v.distance from vss_articles v join articles a on a.id = v.rowid
where vss_search(v.embedding, '[0, 0]') and v.newsroom = 'NY Times';
-- > 30|three|0.25
insert or replace into articles values (2, 'two again', 'taz', '[0, 0.1]');
insert into articles values (1, 'again', 'taz', '[0, 0]') on conflict(id) do update set headline = excluded.headline, embedding = excluded.embedding;
select a.id, a.headline, a.newsroom, v.distance from vss_articles v join articles a on a.id = v.rowid
where vss_search(v.embedding, '[0, 0]') limit 2;
-- > 1|again|Guardian|0
-- > 2|two again|taz|0.0100000007
-- Where a vector is refused, the statement on the ordinary table is undone too.
insert into articles values (4, 'four', 'taz', '[4, 0]'), (5, 'five', 'taz', '[5]');
-- error: vss0 vss_articles.embedding: vector has 1 components, expected 2
select count(*) from articles;
-- > 3
begin;
delete from articles;
select count(*) from vss_articles where vss_search(embedding, '[0, 0]');
-- > 0
rollback;
select count(*) from vss_articles where vss_search(embedding, '[0, 0]');
-- > 3
