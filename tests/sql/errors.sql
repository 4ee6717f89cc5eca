-- Every error names its subject, what was given and what was expected.
create virtual table vss_articles using vss0(headline_embedding(3), newsroom text, words integer);
insert into vss_articles(rowid, headline_embedding, newsroom) values (1, '[1, 2, 3]', 'NY Times');
create table o(id integer primary key);
insert into o values (1);

-- Vectors.
insert into vss_articles(headline_embedding) values ('[1, 2]');
-- error: vss0 vss_articles.headline_embedding: vector has 2 components, expected 3
insert into vss_articles(headline_embedding) values ('[1, 2, 3, 4]');
-- error: vss0 vss_articles.headline_embedding: vector has 4 components, expected 3
insert into vss_articles(headline_embedding) values (x'0000803f');
-- error: vss0 vss_articles.headline_embedding: vector has 1 components, expected 3
insert into vss_articles(headline_embedding) values (x'0000803f00');
-- error: vss0 vss_articles.headline_embedding: a BLOB of 5 bytes is not a vector of float32, whose size is a multiple of 4
insert into vss_articles(headline_embedding) values ('[]');
-- error: vss0 vss_articles.headline_embedding: vector has 0 components, expected 3
insert into vss_articles(headline_embedding) values ('');
-- error: vss0 vss_articles.headline_embedding: JSON vector: expected [ at offset 0, got the end of the text
insert into vss_articles(headline_embedding) values ('[1, 2, "a"]');
-- error: vss0 vss_articles.headline_embedding: JSON vector: expected a number at offset 7, got "
insert into vss_articles(headline_embedding) values ('[1, 2, 3');
-- error: vss0 vss_articles.headline_embedding: JSON vector: expected , or ] at offset 8, got the end of the text
insert into vss_articles(headline_embedding) values ('[1, 2, [3]]');
-- error: vss0 vss_articles.headline_embedding: JSON vector: expected a number at offset 7, got [
insert into vss_articles(headline_embedding) values ('[1, 2, 3] 4');
-- error: vss0 vss_articles.headline_embedding: JSON vector: expected the end of the text at offset 10, got 4
insert into vss_articles(headline_embedding) values ('[1, 2, NaN]');
-- error: vss0 vss_articles.headline_embedding: component 2 is NaN, expected a finite number
insert into vss_articles(headline_embedding) values ('[1, 2, 1e39]');
-- error: vss0 vss_articles.headline_embedding: component 2 (1e39) is beyond the range of float32
insert into vss_articles(headline_embedding) values (x'0000803f0000c07f00000000');
-- error: vss0 vss_articles.headline_embedding: component 1 is NaN, expected a finite number
insert into vss_articles(headline_embedding) values (x'0000803f0000807f00000000');
-- error: vss0 vss_articles.headline_embedding: component 1 is infinite, expected a finite number
insert into vss_articles(headline_embedding) values (7);
-- error: vss0 vss_articles.headline_embedding: a vector was expected (BLOB or JSON array), got INTEGER
insert into vss_articles(headline_embedding) values (7.5);
-- error: vss0 vss_articles.headline_embedding: a vector was expected (BLOB or JSON array), got REAL
update vss_articles set headline_embedding = '[1]' where rowid = 1;
-- error: vss0 vss_articles.headline_embedding: vector has 1 components, expected 3
select rowid from vss_articles where vss_search(headline_embedding, '[1, 2]') limit 1;
-- error: vss0 vss_articles.headline_embedding: vector has 2 components, expected 3
select rowid from vss_articles where headline_embedding match '[1, 2]' and k = 1;
-- error: vss0 vss_articles.headline_embedding: vector has 2 components, expected 3
select rowid from vss_articles where vss_search(headline_embedding, null) limit 1;
-- error: vss0 vss_articles.headline_embedding: a vector was expected (BLOB or JSON array), got NULL
select rowid from vss_articles where vss_search(headline_embedding, 5) limit 1;
-- error: vss0 vss_articles.headline_embedding: a vector was expected (BLOB or JSON array), got INTEGER
-- A statement that fails leaves no row behind.
insert into vss_articles(rowid, headline_embedding) values (2, '[1, 1, 1]'), (3, '[2]');
-- error: vss0 vss_articles.headline_embedding: vector has 1 components, expected 3
select count(*) from vss_articles;
-- > 1

-- Rowids.
insert into vss_articles(rowid, headline_embedding) values (1, '[1, 2, 3]');
-- error: UNIQUE constraint failed: vss_articles.rowid (1 already exists)
insert into vss_articles(rowid, headline_embedding) values ('a', '[1, 2, 3]');
-- error: datatype mismatch
insert into vss_articles(rowid, headline_embedding) values (1.5, '[1, 2, 3]');
-- error: datatype mismatch
update vss_articles set rowid = 'b' where rowid = 1;
-- error: vss0 vss_articles.rowid: got b, expected an integer

-- k, the radius and LIMIT.
select rowid from vss_articles where vss_search(headline_embedding, vss_search_params('[1, 2, 3]', -1));
-- error: vss0 vss_articles.headline_embedding: k is -1, expected an integer of 0 or more
select rowid from vss_articles where vss_search(headline_embedding, vss_search_params('[1, 2, 3]', 'a'));
-- error: vss0 vss_articles.headline_embedding: k is a, expected an integer of 0 or more
select rowid from vss_articles where vss_search(headline_embedding, vss_search_params('[1, 2, 3]', 1.5));
-- error: vss0 vss_articles.headline_embedding: k is 1.5, expected an integer of 0 or more
select rowid from vss_articles where vss_search(headline_embedding, vss_search_params('[1, 2, 3]', null));
-- error: vss0 vss_articles.headline_embedding: k is NULL, expected an integer of 0 or more
select rowid from vss_articles where headline_embedding match '[1, 2, 3]' and k = -1;
-- error: vss0 vss_articles: k is -1, expected an integer of 0 or more
select rowid from vss_articles where vss_range_search(headline_embedding, vss_range_search_params('[1, 2, 3]', -1));
-- error: vss0 vss_articles.headline_embedding: radius is -1, expected a number of 0 or more
select rowid from vss_articles where vss_range_search(headline_embedding, vss_range_search_params('[1, 2, 3]', 'a'));
-- error: vss0 vss_articles.headline_embedding: radius is a, expected a number of 0 or more
select rowid from vss_articles where vss_range_search(headline_embedding, '[1, 2, 3]');
-- error: vss0 vss_articles.headline_embedding: vss_range_search() takes vss_range_search_params(vector, radius)
select rowid from vss_articles where vss_search(headline_embedding, vss_range_search_params('[1, 2, 3]', 1));
-- error: vss0 vss_articles.headline_embedding: vss_search() takes a vector or vss_search_params(vector, k), got vss_range_search_params()
select rowid from vss_articles where k = 5;
-- error: vss0 vss_articles: k = ? without a search; add `<vector column> match ?` or vss_search(), with a query from no table behind it in a CROSS or LEFT JOIN
select rowid from vss_articles where headline_embedding match '[1, 2, 3]' and k < 5;
-- error: vss0 vss_articles: k takes `k = ?`, once and no other comparison
select rowid from vss_articles where headline_embedding match '[1, 2, 3]' and k in (1, 2);
-- error: vss0 vss_articles: k takes `k = ?`, once and no other comparison
select rowid from vss_articles where headline_embedding match '[1, 2, 3]' and k = 1 and k = 2;
-- error: vss0 vss_articles: k takes `k = ?`, once and no other comparison

-- Places in a statement where a search is not possible.
select rowid from vss_articles where vss_search(newsroom, '[1, 2, 3]') limit 1;
-- error: vss0 vss_articles.newsroom: not a vector column, so it cannot be searched
select rowid from vss_articles where newsroom match '[1, 2, 3]' limit 1;
-- error: vss0 vss_articles.newsroom: not a vector column, so it cannot be searched
select rowid from vss_articles where vss_search(rowid, '[1, 2, 3]') limit 1;
-- error: vss0 vss_articles.rowid: not a vector column, so it cannot be searched
select rowid from vss_articles where vss_search(headline_embedding, '[1, 2, 3]') or newsroom = 'a';
-- error: vss0 vss_articles: vss_search() or vss_range_search() must be a term of WHERE (or of an inner join's ON) that holds for every row: not inside OR, NOT or a function, not on the outer side of a LEFT JOIN, not with a query from a table behind it in a CROSS or LEFT JOIN, and on a vss0 table's vector column
select rowid from vss_articles where not vss_search(headline_embedding, '[1, 2, 3]');
-- error: vss0 vss_articles: vss_search() or vss_range_search() must be a term of WHERE (or of an inner join's ON) that holds for every row: not inside OR, NOT or a function, not on the outer side of a LEFT JOIN, not with a query from a table behind it in a CROSS or LEFT JOIN, and on a vss0 table's vector column
select vss_search(headline_embedding, '[1, 2, 3]') from vss_articles;
-- error: vss0 vss_articles: vss_search() or vss_range_search() must be a term of WHERE (or of an inner join's ON) that holds for every row: not inside OR, NOT or a function, not on the outer side of a LEFT JOIN, not with a query from a table behind it in a CROSS or LEFT JOIN, and on a vss0 table's vector column
select rowid from vss_articles where vss_search(headline_embedding, '[1, 2, 3]') and vss_search(headline_embedding, '[1, 2, 4]');
-- error: vss0 vss_articles: more than one search term (vss_search, vss_range_search or match) in one query
select o.id from o left join vss_articles v on v.rowid = o.id where vss_search(v.headline_embedding, '[1, 2, 3]') or v.rowid is null;
-- error: vss0 vss_articles: vss_search() or vss_range_search() must be a term of WHERE (or of an inner join's ON) that holds for every row: not inside OR, NOT or a function, not on the outer side of a LEFT JOIN, not with a query from a table behind it in a CROSS or LEFT JOIN, and on a vss0 table's vector column
select vss_search('a', 'b');
-- error: vss_search() must be a term of WHERE (or of an inner join's ON) that holds for every row: not inside OR, NOT or a function, not on the outer side of a LEFT JOIN, not with a query from a table behind it in a CROSS or LEFT JOIN, and on a vss0 table's vector column
select vss_search();
-- error: wrong number of arguments to function vss_search()
select id from o where vss_search(id, '[1, 2, 3]');
-- error: vss_search() must be a term of WHERE (or of an inner join's ON) that holds for every row: not inside OR, NOT or a function, not on the outer side of a LEFT JOIN, not with a query from a table behind it in a CROSS or LEFT JOIN, and on a vss0 table's vector column

-- Hidden columns and commands.
insert into vss_articles(distance, headline_embedding) values (1, '[1, 2, 3]');
-- error: vss0 vss_articles.distance: is computed by a search and cannot be written
insert into vss_articles(vss_articles) values ('polish');
-- error: vss0 vss_articles: unknown command 'polish', expected 'rebuild', 'integrity-check', 'cache-off' or 'cache-on'
select missing_column from vss_articles;
-- error: no such column: missing_column

-- CREATE VIRTUAL TABLE.
create virtual table t using vss0();
-- error: vss0 t: at least one vector column is needed, such as embedding(384)
create virtual table t using vss0(a text);
-- error: vss0 t: at least one vector column is needed, such as embedding(384)
create virtual table t using vss0(e);
-- error: vss0 t: at least one vector column is needed, such as embedding(384)
create virtual table t using vss0(e());
-- error: vss0 t: column "e": expected dimensions (1 to 65536), got )
create virtual table t using vss0(e(0));
-- error: vss0 t: column "e": expected dimensions (1 to 65536), got 0
create virtual table t using vss0(e(65537));
-- error: vss0 t: column "e": expected dimensions (1 to 65536), got 65537
create virtual table t using vss0(e(-3));
-- error: vss0 t: column "e": expected dimensions (1 to 65536), got -
create virtual table t using vss0(e(2), e(3));
-- error: vss0 t: column "e" is declared twice
create virtual table t using vss0(e(2), E text);
-- error: vss0 t: column "E" is declared twice
create virtual table t using vss0(rowid(2));
-- error: vss0 t: column "rowid": the name is reserved
create virtual table t using vss0(e(2), distance real);
-- error: vss0 t: column "distance": the name is reserved
create virtual table t using vss0(e(2) metrict_type=L2);
-- error: vss0 t: column "e": unknown option "metrict_type", expected factory, metric_type, storage_type or scale (did you mean metric_type?)
create virtual table t using vss0(e(2) metric_type=L3);
-- error: vss0 t: column "e": unknown metric_type "L3", expected L2, INNER_PRODUCT, COSINE, L1, Linf, Canberra, BrayCurtis, JensenShannon or HAMMING
create virtual table t using vss0(e(2) metric_type);
-- error: vss0 t: column "e": expected = after the option, got nothing more
create virtual table t using vss0(e(2) factory="IVF100,Flat");
-- error: vss0 t: column "e": factory "IVF100,Flat" is not supported: vss0 is exact and flat ("Flat", "Flat,IDMap" or "Flat,IDMap2")
create virtual table t using vss0(e(2) storage_type=cloud);
-- error: vss0 t: column "e": unknown storage_type "cloud", expected faiss_shadow or faiss_ondisk
create virtual table t using vss0(e(2), a text primary key desc);
-- error: vss0 t: column "a": expected a type or collate (filter column), or (dimensions) (vector column), got desc
create virtual table t using vss0(e(2), a int primary key);
-- error: vss0 t: column "a": a primary key is text or integer, got int
create virtual table t using vss0(e(2), a primary key);
-- error: vss0 t: column "a": a primary key is text or integer, got no type
create virtual table t using vss0(e(2), a integer primary key autoincrement);
-- error: vss0 t: column "a": constraint "autoincrement" is not supported, a filter column has only a type and a collation
create virtual table t using vss0(e(2), a text primary key, b integer primary key);
-- error: vss0 t: column "b" is a second primary key, the first is "a"
create virtual table t using vss0(e(2), a text primary key collate own);
-- error: vss0 t: column "a": a primary key has the collation binary, nocase or rtrim, got own
create virtual table t using vss0(e(2), a integer collate nocase primary key);
-- error: vss0 t: column "a": an integer primary key has no collation, got nocase
create virtual table t using vss0(e(2), a text not null collate nocase);
-- error: vss0 t: column "a": constraint "not null collate nocase" is not supported, a filter column has only a type and a collation
create virtual table t using vss0(e(2), a text collate nocase collate binary);
-- error: vss0 t: column "a": expected one collation, got collate
create virtual table t using vss0(e(2), a text primary key primary key);
-- error: vss0 t: column "a": constraint "primary key" is not supported, a filter column has only a type and a collation
create virtual table t using vss0(e(2), a text not null);
-- error: vss0 t: column "a": constraint "not null" is not supported, a filter column has only a type and a collation
create virtual table t using vss0(e(2), a text collate klingon);
-- error: vss0 t: no such collation sequence: klingon
create virtual table t using vss0(e(2), a text, n in(20));
-- error: vss0 t: column "n": "in(20)" is not a type: near "in": syntax error
create virtual table t using vss0(e uint8[4]);
-- error: vss0 t: column "e": expected float, float16, int8 or bit before [dimensions], got uint8
select count(*) from sqlite_schema where name like 't%';
-- > 0
-- A search of the right side of a LEFT JOIN has to be in ON.
create virtual table right_table using vss0(e(1));
insert into right_table(rowid, e) values (1, '[1]'), (2, '[2]');
insert into o values (7);
select o.id, r.rowid from o left join right_table r on r.rowid = o.id where vss_search(r.e, '[0]');
-- error: vss0 right_table: vss_search() or vss_range_search() must be a term of WHERE (or of an inner join's ON) that holds for every row: not inside OR, NOT or a function, not on the outer side of a LEFT JOIN, not with a query from a table behind it in a CROSS or LEFT JOIN, and on a vss0 table's vector column
select o.id, r.rowid, r.distance from o left join right_table r on r.rowid = o.id and vss_search(r.e, '[0]');
-- > 1|1|1
-- > 7|NULL|NULL
