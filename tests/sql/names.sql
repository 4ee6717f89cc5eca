-- Names that need quotes, and names that look like the placeholders of vss0's own SQL.
create virtual table v using vss0(e(1), "a$t" text, "b$s" text, "c""d" text);
insert into v(rowid, e, "a$t", "b$s", "c""d") values (1, '[1]', 'x', 'y', 'z');
select rowid, "a$t", "b$s", "c""d" from v where vss_search(e, '[0]') and "a$t" = 'x' and "c""d" like 'Z';
-- > 1|x|y|z
select rowid from v where vss_search(e, vss_search_params('[0]', 1)) and "a$t" = 'x' and "c""d" <> 'Z';
-- > 1
alter table v rename to "w$t";
select rowid, "a$t" from "w$t" where vss_search(e, '[0]');
-- > 1|x
update "w$t" set "b$s" = 'q';
select rowid, "b$s" from "w$t" where vss_search(e, '[0]');
-- > 1|q
