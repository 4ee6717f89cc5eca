-- Every operator on filter columns of every affinity, on rowid and on distance.
create virtual table t using vss0(e(1), i integer, r real, s text, x, d date, c text collate nocase);
insert into t(rowid, e, i, r, s, x, d, c) values
  (1, '[1]', 1, 1.5, 'a', 1, '2016-01-01', 'abc'),
  (2, '[2]', 2, 2.0, 'B', 'a', '2017-01-01', 'ABC'),
  (3, '[3]', 3, null, 'c', 3.5, null, 'b'),
  (4, '[4]', null, 4.5, null, x'61', '2019-05-05', null),
  (5, '[5]', '5', '5.5', 5, null, '2020-12-12', 'B');
select typeof(i), typeof(r), typeof(s), typeof(x), typeof(d) from t;
-- > integer|real|text|integer|text
-- > integer|real|text|text|text
-- > integer|null|text|real|null
-- > null|real|null|blob|text
-- > integer|real|text|null|text

select rowid from t where vss_search(e, '[0]') and i = 2;
-- > 2
select rowid from t where vss_search(e, '[0]') and i == 2;
-- > 2
select rowid from t where vss_search(e, '[0]') and 2 = i;
-- > 2
select rowid from t where vss_search(e, '[0]') and i != 2;
-- > 1
-- > 3
-- > 5
select rowid from t where vss_search(e, '[0]') and i <> 2;
-- > 1
-- > 3
-- > 5
select rowid from t where vss_search(e, '[0]') and i < 3;
-- > 1
-- > 2
select rowid from t where vss_search(e, '[0]') and i <= 3;
-- > 1
-- > 2
-- > 3
select rowid from t where vss_search(e, '[0]') and i > 2;
-- > 3
-- > 5
select rowid from t where vss_search(e, '[0]') and 2 <= i;
-- > 2
-- > 3
-- > 5
select rowid from t where vss_search(e, '[0]') and i between 2 and 4;
-- > 2
-- > 3
select rowid from t where vss_search(e, '[0]') and i not between 2 and 4;
-- > 1
-- > 5
select rowid from t where vss_search(e, '[0]') and i in (1, 3, 5, 7);
-- > 1
-- > 3
-- > 5
select rowid from t where vss_search(e, '[0]') and i not in (1, 3);
-- > 2
-- > 5
select rowid from t where vss_search(e, '[0]') and i in (select value from json_each('[2, 3]'));
-- > 2
-- > 3
select rowid from t where vss_search(e, '[0]') and i in ();
select rowid from t where vss_search(e, '[0]') and i is 2;
-- > 2
select rowid from t where vss_search(e, '[0]') and i is not 2;
-- > 1
-- > 3
-- > 4
-- > 5
select rowid from t where vss_search(e, '[0]') and i is not distinct from 2;
-- > 2
select rowid from t where vss_search(e, '[0]') and i is null;
-- > 4
select rowid from t where vss_search(e, '[0]') and i is not null;
-- > 1
-- > 2
-- > 3
-- > 5
select rowid from t where vss_search(e, '[0]') and i isnull;
-- > 4
select rowid from t where vss_search(e, '[0]') and i notnull;
-- > 1
-- > 2
-- > 3
-- > 5
select rowid from t where vss_search(e, '[0]') and s like 'b%';
-- > 2
select rowid from t where vss_search(e, '[0]') and s not like 'b%';
-- > 1
-- > 3
-- > 5
select rowid from t where vss_search(e, '[0]') and s glob '[a-c]';
-- > 1
-- > 3
select rowid from t where vss_search(e, '[0]') and s glob 'b*';
select rowid from t where vss_search(e, '[0]') and s like 'x%' escape 'x';

-- Nothing equals NULL.
select rowid from t where vss_search(e, '[0]') and i = null;
select rowid from t where vss_search(e, '[0]') and i <> null;
select rowid from t where vss_search(e, '[0]') and i in (1, null);
-- > 1
select rowid from t where vss_search(e, '[0]') and i not in (1, null);
select rowid from t where vss_search(e, '[0]') and i is null;
-- > 4
-- Integers against reals, also integers that a double cannot hold.
select rowid from t where vss_search(e, '[0]') and i = 3.0;
-- > 3
select rowid from t where vss_search(e, '[0]') and i = 3.5;
select rowid from t where vss_search(e, '[0]') and i < 3.5;
-- > 1
-- > 2
-- > 3
select rowid from t where vss_search(e, '[0]') and r = 2;
-- > 2
select rowid from t where vss_search(e, '[0]') and r in (2, 5.5);
-- > 2
-- > 5
-- Text against numbers: the column's affinity decides.
select rowid from t where vss_search(e, '[0]') and i = '3';
-- > 3
select rowid from t where vss_search(e, '[0]') and i < 'a';
-- > 1
-- > 2
-- > 3
-- > 5
select rowid from t where vss_search(e, '[0]') and s = 5;
-- > 5
select rowid from t where vss_search(e, '[0]') and x = '1';
select rowid from t where vss_search(e, '[0]') and x < 'a';
-- > 1
-- > 3
select rowid from t where vss_search(e, '[0]') and x >= 'a';
-- > 2
-- > 4
select rowid from t where vss_search(e, '[0]') and x = x'61';
-- > 4
select rowid from t where vss_search(e, '[0]') and x in (1, 'a', x'61');
-- > 1
-- > 2
-- > 4
-- Dates as text, whose order is that of time.
select rowid from t where vss_search(e, '[0]') and d between '2016-06-01' and '2019-12-31';
-- > 2
-- > 4
select rowid from t where vss_search(e, '[0]') and d like '2017%';
-- > 2
-- The collation of the column, and one that the term names.
select rowid from t where vss_search(e, '[0]') and c = 'abc';
-- > 1
-- > 2
select rowid from t where vss_search(e, '[0]') and c in ('ABC', 'b');
-- > 1
-- > 2
-- > 3
-- > 5
select rowid from t where vss_search(e, '[0]') and c > 'abc';
-- > 3
-- > 5
select rowid from t where vss_search(e, '[0]') and c <> 'abc';
-- > 3
-- > 5
select rowid from t where vss_search(e, '[0]') and c = 'abc' collate binary;
-- > 1
select rowid from t where vss_search(e, '[0]') and s = 'b';
select rowid from t where vss_search(e, '[0]') and s = 'b' collate nocase;
-- > 2
-- Terms on the rowid.
select rowid from t where vss_search(e, '[0]') and rowid = 3;
-- > 3
select rowid from t where vss_search(e, '[0]') and rowid > 3;
-- > 4
-- > 5
select rowid from t where vss_search(e, '[0]') and rowid between 2 and 3;
-- > 2
-- > 3
select rowid from t where vss_search(e, '[0]') and rowid in (5, 1, 77) limit 10;
-- > 1
-- > 5
select rowid from t where vss_search(e, '[0]') and rowid in (select i from t where r > 1.5);
-- > 2
-- > 5
select rowid from t where vss_search(e, '[0]') and rowid <> 3 and rowid is not 4;
-- > 1
-- > 2
-- > 5
select rowid from t where vss_search(e, '[0]') and rowid like '3%';
-- > 3
-- Several terms together, one of them on k.
select rowid from t where vss_search(e, vss_search_params('[0]', 2)) and i > 1 and s is not null;
-- > 2
-- > 3
select rowid from t where vss_search(e, vss_search_params('[0]', 1)) and s = 5;
-- > 5
select rowid from t where vss_search(e, vss_search_params('[0]', 1)) and c <> 'ABC';
-- > 3
select rowid from t where e match '[0]' and k = 2 and d >= '2017' and x is not null;
-- > 1
-- > 2
-- Numbers, and texts that look like numbers, with k inside: only rows that pass are counted, as with IN
-- and literals.
create virtual table mixed using vss0(e(1), c, d text);
insert into mixed(rowid, e, c, d) values (1, '[1]', 5, 'a'), (2, '[2]', '5', '5'), (3, '[3]', 0.0, '5.0'), (4, '[4]', '0', 5), (5, '[5]', x'35', x'35'),
  (6, '[6]', -0.0, '05'), (7, '[7]', 5.0, 5);
select rowid from mixed where c in (5.0, 0) and e match '[2]' and k = 3;
-- > 1
-- > 3
-- > 6
select rowid from mixed where c in (5, x'35') and vss_search(e, vss_search_params('[3]', 2));
-- > 1
-- > 5
select rowid from mixed where d in (5, 'a') and e match '[5]' and k = 3;
-- > 4
-- > 7
-- > 2
select rowid from mixed where c in (5.0, 0) and vss_search(e, '[2]') limit 3;
-- > 1
-- > 3
-- > 6

-- RTRIM ignores spaces at the end, and no tabs.
create virtual table trimmed using vss0(e(1), s text collate rtrim);
insert into trimmed(rowid, e, s) values
  (1, '[1]', 'a'), (2, '[2]', 'a  '), (3, '[3]', 'a' || char(9)), (4, '[4]', 'a' || char(9) || ' ');
select rowid from trimmed where vss_search(e, '[0]') and s = 'a';
-- > 1
-- > 2
select rowid from trimmed where vss_search(e, '[0]') and s = 'a ' || char(9) || '  ';
select rowid from trimmed where vss_search(e, '[0]') and s = 'a' || char(9);
-- > 3
-- > 4
select rowid from trimmed where vss_search(e, '[0]') and s > 'a';
-- > 3
-- > 4

-- Under k, vss0 itself compares, by the column's collation.
select rowid from t where e match '[0]' and k = 2 and c is not 'abc';
-- > 3
-- > 4
select rowid from t where e match '[0]' and k = 2 and c <> 'abc';
-- > 3
-- > 5
