-- BINARY compares the bytes of UTF-16, in which U+0100 comes before 'a': SQLite sorts by text there.
pragma encoding = 'UTF-16le';
create virtual table v using vss0(e(1), topic text, n integer);
insert into v(e, topic, n) values ('[1]', 'a', 2), ('[2]', char(256), 1), ('[3]', 'b', 1);
explain query plan select rowid from v order by topic;
-- > SCAN v VIRTUAL TABLE INDEX 0:u1;|every row
-- > USE TEMP B-TREE FOR ORDER BY
select rowid from v order by topic;
-- > 2
-- > 1
-- > 3
explain query plan select rowid from v where topic = 'a' order by rowid desc;
-- > SCAN v VIRTUAL TABLE INDEX 32:f1a;u1;|rows by rowid, last first; bitmap: topic = (re-checked)
select rowid from v where topic = 'a' order by rowid desc;
-- > 1
-- A text that is not valid UTF-16 stays what it is, whether its row is read or its column is in memory.
insert into v(e, topic, n) values ('[4]', cast(x'00d80030' as text), 9), ('[5]', cast(x'00dc0030' as text), 9);
select rowid from v where topic = cast(x'00d80030' as text);
-- > 4
select hex(topic), rowid from v where n = 9 and topic < 'a';
-- > 00D80030|4
-- > 00DC0030|5
select hex(topic), rowid from v where n = 9 and topic < 'a';
-- > 00D80030|4
-- > 00DC0030|5
select rowid from v where topic = cast(x'00dc0030' as text);
-- > 5
