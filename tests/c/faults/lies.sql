-- What somebody else may have written into the shadow tables: test_fault_lies.c runs each on a copy of the database of fault.h
-- (70 rows in two blocks; a: L2, 4 dimensions; b: COSINE, 3 dimensions) and opens the result anew.
--
--   --- section
--   -- expectation "message": name           then the SQL that does it
--
--   right      every search equals brute force over the rows
--   rebuilt    the same, and the index was built from the rows: the lie was seen
--   told       a search may miss rows, distances are true, and the integrity check says the message
--   refused    a search is refused with the message
--   rows       the rows themselves were changed: each search equals brute force over what is there now, or is refused; the
--              integrity check says the message
--   any        the rows or the schema were changed: searches end; where there is a message, the integrity check says it
--
-- After each, 'rebuild' gives right answers again, where it is not refused; with right and rebuilt, the message is what it is refused
-- with. sealed(), patch() and the others: fault_hostile.h.

--- the commit counter
-- rebuilt: version behind
update t_config set value = 0 where key = 'version';
-- rebuilt: version ahead by one
update t_config set value = value + 1 where key = 'version';
-- rebuilt: version negative
update t_config set value = -1 where key = 'version';
-- rebuilt: version the least integer
update t_config set value = -9223372036854775808 where key = 'version';
-- rebuilt: version the greatest integer
update t_config set value = 9223372036854775807 where key = 'version';
-- rebuilt: version the greatest integer but one
update t_config set value = 9223372036854775806 where key = 'version';
-- rebuilt: version a word
update t_config set value = 'much' where key = 'version';
-- right: version as a text
update t_config set value = '1' where key = 'version';
-- right: version as a real
update t_config set value = 1.0 where key = 'version';
-- right: version with a fraction
update t_config set value = 1.5 where key = 'version';
-- rebuilt: version beyond integers
update t_config set value = 1e300 where key = 'version';
-- rebuilt: version minus infinity
update t_config set value = -9e999 where key = 'version';
-- rebuilt: version NULL
update t_config set value = null where key = 'version';
-- rebuilt: version a BLOB
update t_config set value = zeroblob(100) where key = 'version';
-- rebuilt: version a long text
update t_config set value = replace(hex(zeroblob(500000)), '0', '9') where key = 'version';
-- rebuilt: no version
delete from t_config where key = 'version';
-- rebuilt: version under another case
update t_config set key = 'VERSION' where key = 'version';

--- the counts
-- rebuilt: counts too small
update t_config set value = '1,1,1' where key = 'counts';
-- rebuilt: one row more
update t_config set value = '71,70,60' where key = 'counts';
-- rebuilt: one vector less
update t_config set value = '70,70,59' where key = 'counts';
-- rebuilt: counts modulo 2^32
update t_config set value = '4294967366,70,60' where key = 'counts';
-- rebuilt: counts with a sign
update t_config set value = '+70,70,60' where key = 'counts';
-- rebuilt: counts with a blank
update t_config set value = '70, 70, 60' where key = 'counts';
-- rebuilt: counts of another column
update t_config set value = '70,70,60,0' where key = 'counts';
-- rebuilt: counts of a column less
update t_config set value = '70,70' where key = 'counts';
-- rebuilt: counts behind a zero
update t_config set value = '070,70,60' where key = 'counts';
-- right: counts before a NUL
update t_config set value = '70,70,60' || char(0) || '9' where key = 'counts';
-- rebuilt: counts empty
update t_config set value = '' where key = 'counts';
-- rebuilt: counts NULL
update t_config set value = null where key = 'counts';
-- rebuilt: counts a number
update t_config set value = 70 where key = 'counts';
-- rebuilt: counts a BLOB of zeros
update t_config set value = zeroblob(100) where key = 'counts';
-- right: counts as a BLOB
update t_config set value = cast('70,70,60' as blob) where key = 'counts';
-- rebuilt: counts of a megabyte
update t_config set value = '70,70,60' || hex(zeroblob(500000)) where key = 'counts';
-- rebuilt: no counts
delete from t_config where key = 'counts';
-- rebuilt: counts negative
update t_config set value = '-70,-70,-60' where key = 'counts';

--- the format and t_config itself
-- right: format a word
update t_config set value = 'x' where key = 'format';
-- right: no format
delete from t_config where key = 'format';
-- rebuilt: t_config empty
delete from t_config;
-- right: keys that nobody knows
insert into t_config values('dimension', 7), ('metric', 'L1'), (x'00', null), ('', '');
-- refused "vss0 t: no such table: main.t_config": no t_config
drop table t_config;
-- refused "vss0 t: no such column: value": t_config without its columns
drop table t_config; create table t_config(a, b);
-- refused "vss0 t: no such column: value": t_config without values
drop table t_config; create table t_config(key text primary key); insert into t_config values('version');
-- rebuilt: t_config says everything twice
drop table t_config; create table t_config(key, value);
insert into t_config values('version', 2), ('version', 1), ('counts', '1,1,1'), ('counts', '70,70,60');
-- rebuilt "cannot modify t_config because it is a view": t_config a view
drop table t_config; create view t_config as select 'version' as key, 7 as value;
-- any: t_config a view without end
drop table t_config;
create view t_config as with recursive c(n) as (select 1 union all select n + 1 from c limit 100000) select 'x' as key, n as value from c;
-- refused "t_config": t_config a virtual table
drop table t_config; create virtual table t_config using vss0(value(2), key text);
-- any: t_config with generated values
drop table t_config; create table t_config(key text primary key, value as (length(key))); insert into t_config values('version'), ('counts');

--- ids in t_cache
-- rebuilt: t_cache empty
delete from t_cache;
-- rebuilt: no slot maps
delete from t_cache where id < book(0, 0);
-- rebuilt: no first slot map
delete from t_cache where id = slots(0);
-- rebuilt: no last slot map
delete from t_cache where id = slots(1);
-- rebuilt: no codebook of a
delete from t_cache where id = book(0, 0);
-- rebuilt: no codebook of b
delete from t_cache where id between book(1, 0) and book(1, 99);
-- rebuilt: no first block of a
delete from t_cache where id = block(0, 0);
-- rebuilt: no last block of b
delete from t_cache where id = block(1, 1);
-- rebuilt: no block at all
delete from t_cache where id >= block(0, 0) and id < book(1, 0);
-- rebuilt: ids negative
update t_cache set id = -id - 1;
-- rebuilt: a slot map far away
update t_cache set id = id + 1000000, data = seal(data, id + 1000000) where id = slots(1);
-- rebuilt: the greatest slot map
update t_cache set id = slots(4294967295), data = seal(data, slots(4294967295)) where id = slots(1);
-- rebuilt: a slot map that a signed number would take for -1
update t_cache set id = slots(67108863), data = seal(data, slots(67108863)) where id = slots(1);
-- rebuilt: a slot map among no kind
update t_cache set id = id + (1 << 40) where id = slots(0);
-- rebuilt: a gap between the slot maps
update t_cache set id = slots(3), data = seal(data, slots(3)) where id = slots(1);
-- rebuilt: a third slot map, of rows that the others have
insert into t_cache select slots(2), version, seal(data, slots(2)) from t_cache where id = slots(0);
-- rebuilt: a third slot map, empty
insert into t_cache values(slots(3), 1, seal(patch(zeroblob(540), 0, x'0173'), slots(3)));
-- right: empty slot maps one after the other, as emptied blocks leave them
insert into t_cache select value, 1, seal(patch(zeroblob(540), 0, x'0173'), slots(value)) from json_each('[2,3,4,5]');
-- rebuilt: the greatest id
insert into t_cache values(9223372036854775807, 1, x'00');
-- rebuilt: the least id
insert into t_cache values(-9223372036854775808, 1, x'00');
-- rebuilt: a codebook of a column that is not there
insert into t_cache select book(2, 0), version, seal(data, book(2, 0)) from t_cache where id = book(0, 0);
-- rebuilt: a block of a column that is not there
insert into t_cache select block(2, 0), version, seal(data, block(2, 0)) from t_cache where id = block(0, 0);
-- rebuilt: a block beyond the slots
insert into t_cache select block(0, 2), version, seal(data, block(0, 2)) from t_cache where id = block(0, 1);
-- rebuilt: the greatest block
insert into t_cache select block(0, 4294967295), version, seal(data, block(0, 4294967295)) from t_cache where id = block(0, 1);
-- right: a codebook that no block uses
insert into t_cache select book(0, 7), version, seal(data, book(0, 7)) from t_cache where id = book(0, 0);
-- right: the greatest codebook that is allowed
insert into t_cache select book(0, 1048575), version, seal(data, book(0, 1048575)) from t_cache where id = book(0, 0);
-- rebuilt: a codebook above the greatest
insert into t_cache select book(0, 1048576), version, seal(data, book(0, 1048576)) from t_cache where id = book(0, 0);
-- rebuilt: the greatest codebook of 32 bits
insert into t_cache select book(0, 4294967295), version, seal(data, book(0, 4294967295)) from t_cache where id = book(0, 0);
-- rebuilt: the codebook under another number
update t_cache set id = book(0, 2), data = seal(data, book(0, 2)) where id = book(0, 0);
-- rebuilt: blocks of a are those of b
update t_cache set id = id + block(9, 0) where id between block(0, 0) and block(0, 9);
update t_cache set id = id - block(1, 0) + block(0, 0) where id between block(1, 0) and block(1, 9);
-- rebuilt: slot maps among the blocks
update t_cache set data = (select data from t_cache where id = slots(0)) where id = block(0, 0);
-- rebuilt: a codebook among the blocks
update t_cache set data = (select data from t_cache where id = book(0, 0)) where id = block(0, 0);
-- rebuilt: a block among the codebooks
update t_cache set data = (select data from t_cache where id = block(0, 1)) where id = book(0, 0);
-- rebuilt: a block among the slot maps
update t_cache set data = (select data from t_cache where id = block(0, 1)) where id = slots(1);

-- rebuilt: blocks of one column exchanged
update t_cache set data = case id when block(0, 0) then (select data from t_cache where id = block(0, 1)) else (select data from t_cache where id = block(0, 0)) end
where id in (block(0, 0), block(0, 1));
-- rebuilt: a codebook that says it is another item
update t_cache set data = seal(data, book(0, 1)) where id = book(0, 0);
-- rebuilt: a block that says it is of another column
update t_cache set data = seal(data, block(1, 0)) where id = block(0, 0);
-- rebuilt: a slot map of half an id
update t_cache set data = substr(data, 1, length(data) - 4) where id = slots(1);
-- rebuilt: an id alone
update t_cache set data = substr(data, -8) where id = block(0, 0);
-- told "missing from the index": an id alone, and the counts agree
update t_cache set data = substr(data, -8) where id = block(0, 1);
update t_config set value = '70,64,60' where key = 'counts';

--- versions in t_cache
-- rebuilt: all stamped 0
update t_cache set version = 0;
-- rebuilt: all stamped -5
update t_cache set version = -5;
-- rebuilt: all stamped with the greatest integer
update t_cache set version = 9223372036854775807;
-- rebuilt: one stamped with the greatest integer
update t_cache set version = 9223372036854775807 where id = block(0, 0);
-- rebuilt: one stamped below zero
update t_cache set version = -1 where id = block(0, 0);
-- right: one stamped 0
update t_cache set version = 0 where id = block(0, 0);
-- rebuilt: stamped with a word
update t_cache set version = 'x';
-- rebuilt: stamped with NULL
update t_cache set version = null;
-- rebuilt: one stamped with NULL
update t_cache set version = null where id = block(1, 0);
-- right: stamped with a fraction
update t_cache set version = 1.25;
-- rebuilt: stamped with a BLOB
update t_cache set version = x'01';
-- rebuilt: stamped beyond integers
update t_cache set version = 1e300;

--- sizes and types in t_cache
-- rebuilt: data NULL
update t_cache set data = null;
-- rebuilt: one block NULL
update t_cache set data = null where id = block(0, 0);
-- rebuilt: one slot map NULL
update t_cache set data = null where id = slots(1);
-- rebuilt: one codebook NULL
update t_cache set data = null where id = book(0, 0);
-- rebuilt: data a text
update t_cache set data = 'text';
-- rebuilt: data a number
update t_cache set data = 7;
-- rebuilt: data empty
update t_cache set data = zeroblob(0);
-- rebuilt: one block empty
update t_cache set data = x'' where id = block(0, 1);
-- right: a block as a text
update t_cache set data = cast(data as text) where id = block(0, 1);
-- rebuilt: a block of one byte
update t_cache set data = x'01' where id = block(0, 0);
-- rebuilt: a block of a header alone
update t_cache set data = substr(data, 1, 24) where id = block(0, 0);
-- rebuilt: a sealed block of a header alone
update t_cache set data = seal(substr(data, 1, 36), id) where id = block(0, 0);
-- rebuilt: a sealed block without its last row
update t_cache set data = seal(substr(data, 1, length(data) - 12), id) where id = block(0, 0);
-- rebuilt: a sealed block with a byte more
update t_cache set data = seal(cast(data || 'x' as blob), id) where id = block(0, 1);
-- rebuilt: a block of a megabyte
update t_cache set data = zeroblob(1000000) where id = block(0, 0);
-- rebuilt: a slot map of a megabyte
update t_cache set data = zeroblob(1000000) where id = slots(0);
-- rebuilt: a codebook of a megabyte
update t_cache set data = zeroblob(1000000) where id = book(0, 0);
-- rebuilt: a sealed codebook without its last step
update t_cache set data = seal(substr(data, 1, length(data) - 4), id) where id = book(0, 0);
-- rebuilt: a sealed codebook with a step more
update t_cache set data = seal(cast(data || 'step' as blob), id) where id = book(0, 0);
-- rebuilt: a slot map cut in its id
update t_cache set data = substr(data, 1, 539) where id = slots(1);
-- rebuilt: a slot map with a byte more
update t_cache set data = cast(data || 'x' as blob) where id = slots(1);

--- slot maps
-- rebuilt: a slot map of version 2
update t_cache set data = sealed(data, 'version', 0, 2) where id = slots(0);
-- rebuilt: a slot map of no kind
update t_cache set data = sealed(data, 'kind', 0, 0) where id = slots(1);
-- rebuilt: a slot map with something in its empty bytes
update t_cache set data = sealed(data, 'dim', 0, 4) where id = slots(1);
-- rebuilt: no slot is live
update t_cache set data = sealed(data, 'live', 0, 0) where id = slots(0);
-- rebuilt: every slot of the last map is live
update t_cache set data = sealed(data, 'live', 0, -1) where id = slots(1);
-- rebuilt: a row less
update t_cache set data = sealed(data, 'live', 0, 31) where id = slots(1);
-- rebuilt: a row more
update t_cache set data = sealed(data, 'live', 0, 127) where id = slots(1);
-- told "missing from the index": a row in another slot
update t_cache set data = sealed(data, 'live', 0, 1 + 2 + 4 + 8 + 16 + 64) where id = slots(1);
-- rebuilt: a rowid twice in one map
update t_cache set data = sealed(data, 'rowid', 1, 65) where id = slots(1);
-- rebuilt: a rowid in two maps
update t_cache set data = sealed(data, 'rowid', 1, 1) where id = slots(1);
-- rebuilt: both maps alike
update t_cache set data = (select data from t_cache where id = slots(0)) where id = slots(1);
-- rebuilt: the maps exchanged
update t_cache set id = id + slots(10) where id <= slots(1);
update t_cache set id = slots(11) - id where id between slots(10) and slots(11);
-- rebuilt: a rowid changed, checksum as it was
update t_cache set data = unsealed(data, 'rowid', 1, 4711) where id = slots(1);
-- rebuilt: two rowids exchanged, checksum as it was
update t_cache set data = unsealed(unsealed(data, 'rowid', 4, 4), 'rowid', 3, 5) where id = slots(0);
-- told "missing from the index": a rowid that no row has
update t_cache set data = sealed(data, 'rowid', 1, 4711) where id = slots(1);
-- told "missing from the index": the greatest rowid
update t_cache set data = sealed(data, 'rowid', 1, 9223372036854775807) where id = slots(1);
-- told "missing from the index": the least rowid
update t_cache set data = sealed(data, 'rowid', 1, -9223372036854775808) where id = slots(1);
-- told "missing from the index": rowid 0
update t_cache set data = sealed(data, 'rowid', 0, 0) where id = slots(0);
-- told "not in the row's": two rowids exchanged
update t_cache set data = sealed(sealed(data, 'rowid', 4, 4), 'rowid', 3, 5) where id = slots(0);
-- told "not in the row's": the rowids of a block backwards
update t_cache set data = sealed(sealed(sealed(data, 'rowid', 0, 70), 'rowid', 5, 65), 'rowid', 2, 68) where id = slots(1);
update t_cache set data = sealed(data, 'rowid', 3, 67) where id = slots(1);
-- told "the index has 71 rows, the table 70": a row too many, and the counts agree
update t_cache set data = sealed(sealed(data, 'live', 0, 127), 'rowid', 6, 4711) where id = slots(1);
update t_config set value = '71,70,60' where key = 'counts';
-- right: free slots with rowids
update t_cache set data = sealed(data, 'rowid', 60, 5) where id = slots(1);

--- headers of blocks
-- rebuilt: a block of version 0
update t_cache set data = sealed(data, 'version', 0, 0) where id = block(0, 0);
-- rebuilt: a block of a later version
update t_cache set data = sealed(data, 'version', 0, 99) where id = block(0, 0);
-- rebuilt: a block of version 255
update t_cache set data = sealed(data, 'version', 0, 255) where id = block(1, 1);
-- rebuilt: a block that calls itself a codebook
update t_cache set data = sealed(data, 'kind', 0, 99) where id = block(0, 0);
-- rebuilt: a block of kind 0
update t_cache set data = sealed(data, 'kind', 0, 0) where id = block(0, 0);
-- rebuilt: a block of another metric
update t_cache set data = sealed(data, 'metric', 0, 2) where id = block(0, 0);
-- rebuilt: a block of a metric without codes
update t_cache set data = sealed(data, 'metric', 0, 3) where id = block(0, 0);
-- rebuilt: a block of no metric
update t_cache set data = sealed(data, 'metric', 0, 255) where id = block(0, 0);
-- rebuilt: a block with something in its empty byte
update t_cache set data = sealed(data, 'zero', 0, 1) where id = block(0, 0);
-- rebuilt: a block of dimension 0
update t_cache set data = sealed(data, 'dim', 0, 0) where id = block(0, 0);
-- rebuilt: a block of a dimension more
update t_cache set data = sealed(data, 'dim', 0, 5) where id = block(0, 0);
-- rebuilt: a block of the greatest dimension
update t_cache set data = sealed(data, 'dim', 0, 4294967295) where id = block(0, 0);
-- rebuilt: a block of another codebook
update t_cache set data = sealed(data, 'book', 0, 1) where id = block(0, 0);
-- rebuilt: a block of a codebook beyond the last
update t_cache set data = sealed(data, 'book', 0, 2) where id = block(0, 0);
-- rebuilt: a block of the greatest codebook
update t_cache set data = sealed(data, 'book', 0, 4294967294) where id = block(0, 0);
-- rebuilt: a block with codes but no codebook
update t_cache set data = sealed(data, 'book', 0, 4294967295) where id = block(0, 0);
-- rebuilt: codes longer than codes can be
update t_cache set data = sealed(data, 'greatest', 0, 4 * 127 * 127 + 1) where id = block(0, 0);
-- rebuilt: codes of the greatest length
update t_cache set data = sealed(data, 'greatest', 0, 4294967295) where id = block(0, 0);
-- right: codes as long as they can be
update t_cache set data = sealed(data, 'greatest', 0, 4 * 127 * 127) where id = block(0, 0);
-- rebuilt: no row present
update t_cache set data = sealed(data, 'present', 0, 0) where id = block(0, 1);
-- rebuilt: every row present
update t_cache set data = sealed(data, 'present', 0, -1) where id = block(0, 1);
-- rebuilt: a row less present
update t_cache set data = sealed(data, 'present', 0, 31) where id = block(0, 1);
-- rebuilt: a row present, but for its bytes
update t_cache set data = sealed(data, 'present', 0, 127) where id = block(0, 1);
-- told "missing from the index": a row present in another slot
update t_cache set data = sealed(data, 'present', 0, 1 + 2 + 4 + 8 + 16 + 64) where id = block(0, 1);
-- rebuilt: a row present in another slot, checksum as it was
update t_cache set data = unsealed(data, 'present', 0, 1 + 2 + 4 + 8 + 16 + 64) where id = block(0, 1);
-- told "missing from the index but in the table": a vector in the slot of another row
update t_cache set data = sealed(data, 'present', 0, 32 + 15) where id = block(1, 1);
-- rebuilt: the header alone, sealed, with no row
update t_cache set data = seal(cast(x'03620000040000000100000000000000' || zeroblob(20) as blob), id) where id = block(0, 1);

--- bounds
-- rebuilt: rho not a number
update t_cache set data = sealed(data, 'rho', 0, 'nan') where id = block(0, 0);
-- rebuilt: every rho not a number
update t_cache set data = sealed(sealed(sealed(sealed(sealed(sealed(data, 'rho', 0, 'nan'), 'rho', 1, 'nan'), 'rho', 2, 'nan'),
  'rho', 3, 'nan'), 'rho', 4, 'nan'), 'rho', 5, 'nan') where id = block(0, 1);
-- rebuilt: rho negative
update t_cache set data = sealed(data, 'rho', 3, -1) where id = block(0, 0);
-- rebuilt: rho barely negative
update t_cache set data = sealed(data, 'rho', 3, -1e-40) where id = block(0, 0);
-- rebuilt: rho minus infinity
update t_cache set data = sealed(data, 'rho', 3, '-inf') where id = block(0, 0);
-- right: rho infinite: a row that is always fetched
update t_cache set data = sealed(data, 'rho', 3, 'inf') where id = block(0, 0);
-- right: rho the greatest float
update t_cache set data = sealed(data, 'rho', 3, 'max') where id = block(0, 0);
-- rebuilt: rho changed, checksum as it was
update t_cache set data = unsealed(data, 'rho', 3, 0) where id = block(0, 0);
-- told "does not bound": rho zero
update t_cache set data = sealed(data, 'rho', 33, 0) where id = block(0, 0);
-- told "does not bound": rho subnormal
update t_cache set data = sealed(data, 'rho', 33, 'tiny') where id = block(0, 0);
-- told "does not bound": rho of b zero
update t_cache set data = sealed(data, 'rho', 5, 0) where id = block(1, 0);
-- rebuilt: base not a number
update t_cache set data = sealed(data, 'base', 0, 'nan') where id = block(0, 0);
-- rebuilt: base infinite
update t_cache set data = sealed(data, 'base', 0, 'inf') where id = block(0, 0);
-- rebuilt: base minus infinity
update t_cache set data = sealed(data, 'base', 0, '-inf') where id = block(0, 0);
-- rebuilt: base beyond 2^120
update t_cache set data = sealed(data, 'base', 0, 1.4e36) where id = block(0, 0);
-- rebuilt: base below -2^120
update t_cache set data = sealed(data, 'base', 0, -1.4e36) where id = block(0, 0);
-- rebuilt: base the greatest float
update t_cache set data = sealed(data, 'base', 0, 'max') where id = block(0, 0);
-- told "does not bound": base that moves the nearest row away
update t_cache set data = sealed(data, 'base', 32, 1e30) where id = block(0, 0);
-- told "does not bound": base as far away as it can be
update t_cache set data = sealed(data, 'base', 32, 1.3e36) where id = block(0, 0);
-- told "does not bound": base that promises the nearest row
update t_cache set data = sealed(data, 'base', 60, -1e30) where id = block(0, 0);
-- told "does not bound": base zero
update t_cache set data = sealed(data, 'base', 32, 0) where id = block(0, 0);
-- told "does not bound": base of b far away
update t_cache set data = sealed(data, 'base', 2, 1e30) where id = block(1, 0);
-- told "does not bound": bounds of two rows exchanged
update t_cache set data = (select seal(patch(patch(data, 96, substr(data, 417, 4)), 416, substr(data, 97, 4)), id)
  from t_cache where id = block(0, 0)) where id = block(0, 0);
-- told "does not bound": bounds of all rows those of one
update t_cache set data = seal(patch(data, 28, cast(substr(data, 25, 4) || substr(data, 25, 4) || substr(data, 25, 4) as blob)), id) where id = block(0, 1);
update t_cache set data = seal(patch(data, 44, cast(substr(data, 41, 4) || substr(data, 41, 4) || substr(data, 41, 4) as blob)), id) where id = block(0, 1);
-- rebuilt: rho of an absent row not a number
update t_cache set data = seal(patch(data, 24 + 32 + 8, x'0000c07f'), id) where id = block(0, 1);
-- rebuilt: base of an absent row infinite
update t_cache set data = seal(patch(data, 24 + 32 + 16 + 12, x'0000807f'), id) where id = block(0, 1);
-- right: bounds of an absent row
update t_cache set data = seal(patch(data, 24 + 32 + 8, x'0000003f'), id) where id = block(0, 1);

--- codes
-- rebuilt: a code that no code is
update t_cache set data = sealed(data, 'code', 0, -128) where id = block(0, 0);
-- rebuilt: the last code one that no code is
update t_cache set data = sealed(data, 'code', 23, -128) where id = block(0, 1);
-- rebuilt: all codes ones that no code is
update t_cache set data = seal(patch(data, 88, x'808080808080808080808080808080808080808080808080'), id) where id = block(0, 1);
-- rebuilt: the last code of an absent row one that no code is
update t_cache set data = seal(patch(data, length(data) - 13, x'80'), id) where id = block(0, 1);
-- right: codes of an absent row
update t_cache set data = seal(patch(data, length(data) - 13, x'81'), id) where id = block(0, 1);
-- rebuilt: a code changed, checksum as it was
update t_cache set data = unsealed(data, 'code', 0, 1) where id = block(0, 0);
-- told "does not bound": the codes of the nearest row all 127
update t_cache set data = seal(patch(data, 24 + 8 * 64 + 4 * 32, x'7f7f7f7f'), id) where id = block(0, 0);
-- told "does not bound": the codes of the nearest row all -127
update t_cache set data = seal(patch(data, 24 + 8 * 64 + 4 * 32, x'81818181'), id) where id = block(0, 0);
-- told "does not bound": codes all zero
update t_cache set data = seal(patch(data, 88, zeroblob(24)), id) where id = block(0, 1);
-- told "does not bound": codes of two rows exchanged
update t_cache set data = (select seal(patch(patch(data, 88, substr(data, 89 + 20, 4)), 88 + 20, substr(data, 89, 4)), id) from t_cache where id = block(0, 1))
  where id = block(0, 1);
-- told "does not bound": longer codes than the block says
update t_cache set data = sealed(seal(patch(data, 24 + 8 * 64, x'7f7f7f7f7f7f7f7f'), id), 'greatest', 0, 0) where id = block(0, 0);
-- told "does not bound": codes said to be of length zero, and rho zero
update t_cache set data = sealed(sealed(data, 'greatest', 0, 0), 'rho', 33, 0) where id = block(0, 0);

--- codebooks
-- rebuilt: a codebook of version 2
update t_cache set data = sealed(data, 'version', 0, 2) where id = book(0, 0);
-- rebuilt: a codebook that calls itself a block
update t_cache set data = sealed(data, 'kind', 0, 98) where id = book(0, 0);
-- rebuilt: a codebook of another metric
update t_cache set data = sealed(data, 'metric', 0, 1) where id = book(0, 0);
-- rebuilt: a codebook with something in its empty byte
update t_cache set data = sealed(data, 'zero', 0, 255) where id = book(0, 0);
-- rebuilt: a codebook of dimension 3
update t_cache set data = sealed(data, 'dim', 0, 3) where id = book(0, 0);
-- rebuilt: a codebook of dimension 0
update t_cache set data = sealed(data, 'dim', 0, 0) where id = book(0, 0);
-- rebuilt: a codebook of the greatest dimension
update t_cache set data = sealed(data, 'dim', 0, 4294967295) where id = book(0, 0);
-- rebuilt: a codebook changed, checksum as it was
update t_cache set data = unsealed(data, 'step', 0, 1) where id = book(0, 0);
-- rebuilt: the codebooks of both columns exchanged
update t_cache set data = (select data from t_cache where id = book(1, 0)) where id = book(0, 0);
-- right: a codebook of a segment that is not there
update t_cache set data = sealed(data, 'origin', 0, 1) where id = book(0, 0);
-- right: a codebook of the greatest segment
update t_cache set data = sealed(data, 'origin', 0, 4294967295) where id = book(0, 0);
-- right: a codebook of one segment, and its segment that of another
insert into t_cache select book(0, 2), version, seal(sealed(data, 'origin', 0, 7), book(0, 2)) from t_cache where id = book(0, 0);
update t_cache set data = sealed(data, 'origin', 0, 7) where id = book(0, 0);
-- right: a codebook trained on no row
update t_cache set data = sealed(data, 'trained', 0, 0) where id = book(0, 0);
-- right: a codebook trained on the greatest number of rows
update t_cache set data = sealed(data, 'trained', 0, 4294967295) where id = book(0, 0);
-- rebuilt: mean not a number
update t_cache set data = sealed(data, 'mean', 0, 'nan') where id = book(0, 0);
-- rebuilt: mean negative
update t_cache set data = sealed(data, 'mean', 0, -1) where id = book(0, 0);
-- rebuilt: mean infinite
update t_cache set data = sealed(data, 'mean', 0, 'inf') where id = book(0, 0);
-- rebuilt: mean beyond float32
update t_cache set data = sealed(data, 'mean', 0, 1e300) where id = book(0, 0);
-- right: mean zero
update t_cache set data = sealed(data, 'mean', 0, 0) where id = book(0, 0);
-- right: mean the greatest float
update t_cache set data = sealed(data, 'mean', 0, 'max') where id = book(0, 0);
-- rebuilt: centre not a number
update t_cache set data = sealed(data, 'centre', 0, 'nan') where id = book(0, 0);
-- rebuilt: the last centre not a number
update t_cache set data = sealed(data, 'centre', 3, 'nan') where id = book(0, 0);
-- rebuilt: centre infinite
update t_cache set data = sealed(data, 'centre', 1, 'inf') where id = book(0, 0);
-- rebuilt: centre minus infinity
update t_cache set data = sealed(data, 'centre', 1, '-inf') where id = book(0, 0);
-- told "does not bound": centre elsewhere
update t_cache set data = sealed(data, 'centre', 3, 1e9) where id = book(0, 0);
-- told "does not bound": centre the greatest float
update t_cache set data = sealed(data, 'centre', 3, 'max') where id = book(0, 0);
-- told "does not bound": centre of b elsewhere
update t_cache set data = sealed(data, 'centre', 0, 1) where id = book(1, 0);
-- rebuilt: step zero
update t_cache set data = sealed(data, 'step', 0, 0) where id = book(0, 0);
-- rebuilt: step negative
update t_cache set data = sealed(data, 'step', 0, -0.5) where id = book(0, 0);
-- rebuilt: step subnormal
update t_cache set data = sealed(data, 'step', 0, 'tiny') where id = book(0, 0);
-- rebuilt: step not a number
update t_cache set data = sealed(data, 'step', 3, 'nan') where id = book(0, 0);
-- rebuilt: step infinite
update t_cache set data = sealed(data, 'step', 3, 'inf') where id = book(0, 0);
-- told "does not bound": step the least normal float
update t_cache set data = sealed(data, 'step', 3, 'min') where id = book(0, 0);
-- told "does not bound": step the greatest float
update t_cache set data = sealed(data, 'step', 3, 'max') where id = book(0, 0);
-- told "does not bound": step doubled
update t_cache set data = sealed(data, 'step', 3, 0.6) where id = book(0, 0);
-- told "does not bound": step of b
update t_cache set data = sealed(data, 'step', 1, 0.5) where id = book(1, 0);
-- told "does not bound": the whole codebook another one
update t_cache set data = seal(patch(data, 24, x'0000803f0000803f0000803f0000803f0000803c0000803c0000803c0000803c'), id) where id = book(0, 0);
-- told "does not bound": one block with a codebook of its own that is another's
insert into t_cache select book(0, 2), version, seal(sealed(data, 'centre', 3, 7), book(0, 2)) from t_cache where id = book(0, 0);
update t_cache set data = sealed(data, 'book', 0, 2) where id = block(0, 1);

--- t_cache itself
-- refused "vss0 t: no such table: main.t_cache": no t_cache
drop table t_cache;
-- refused "vss0 t: no such column: version": t_cache without its columns
drop table t_cache; create table t_cache(id integer primary key);
-- rebuilt: t_cache with ids twice
drop table t_cache; create table t_cache(id, version, data);
insert into t_cache values(0, 1, seal(patch(zeroblob(540), 0, x'0173'), 0)), (0, 1, seal(patch(zeroblob(540), 0, x'0173'), 0));
-- rebuilt: t_cache with every item twice
create table copy as select * from t_cache; drop table t_cache; create table t_cache(id, version, data);
insert into t_cache select * from copy union all select * from copy;
-- right: t_cache without a key
create table copy as select * from t_cache; drop table t_cache; create table t_cache(id, version, data); insert into t_cache select * from copy;
-- right "cannot modify t_cache because it is a view": t_cache a view of what it was
create table copy as select * from t_cache; drop table t_cache; create view t_cache as select * from copy;
-- rebuilt "cannot modify t_cache because it is a view": t_cache a view without end
drop table t_cache; create view t_cache as with recursive c(id) as (select 0 union all select id + 1 from c where id < 5000)
select id, 1 as version, zeroblob(540) as data from c;
-- rebuilt: t_cache with ids of text
create table copy as select * from t_cache; drop table t_cache; create table t_cache(id, version, data);
insert into t_cache select 'x' || id, version, data from copy;
-- rebuilt: t_cache with ids of NULL
create table copy as select * from t_cache; drop table t_cache; create table t_cache(id, version, data); insert into t_cache select null, version, data from copy;
-- rebuilt: t_cache with ids below the decimal point
create table copy as select * from t_cache; drop table t_cache; create table t_cache(id, version, data);
insert into t_cache select id + 0.5, version, data from copy where id < 1; insert into t_cache select id, version, data from copy where id > 1;
-- refused "t_cache": t_cache a virtual table
drop table t_cache; create virtual table t_cache using vss0(data(2), version integer, id integer);
-- any: t_cache with data that is computed
create table copy as select * from t_cache; drop table t_cache;
create table t_cache(id integer primary key, version integer, data as (zeroblob(version * 540))); insert into t_cache(id, version) select id, version from copy;
-- right: empty slot maps of ten thousand blocks
with recursive n(i) as (select 2 union all select i + 1 from n where i < 10000) insert into t_cache select i, 1, seal(patch(zeroblob(540), 0, x'0173'), slots(i)) from n;
-- right: ten thousand codebooks
with recursive n(i) as (select 2 union all select i + 1 from n where i < 10000)
insert into t_cache select book(0, i), 1, seal((select data from t_cache where id = book(0, 0)), book(0, i)) from n;

--- rows
-- told "has no row": rows deleted
delete from t_rows where rowid < 10;
-- told "has no row": no rows
delete from t_rows;
-- rows "missing from the index": a row that the index does not have
insert into t_rows(rowid, slot) values(777, 70);
-- rows "no slot that there can be": a row without a slot
insert into t_rows(rowid) values(777);
-- rows "no slot that there can be": rows at both ends
insert into t_rows(rowid) values(9223372036854775807), (-9223372036854775808);
-- told "has no row": rowids changed
update t_rows set rowid = rowid + 1000 where rowid > 40;
-- right: filter values of other types
update t_rows set year = 'text', score = x'00ff' where rowid > 50;
-- right: filter values beyond numbers
update t_rows set year = 9e999, score = -9e999, room = char(0) where rowid > 50;
-- right: filter values that are long
update t_rows set room = hex(zeroblob(100000)) where rowid = 33;
-- right: filter values that are no UTF-8
update t_rows set room = cast(x'c0af80ff' as text) where rowid > 50;
-- right: filter values NULL
update t_rows set year = null, room = null, score = null;
-- refused "room": a filter column renamed
alter table t_rows rename column room to door;
-- refused "score": a filter column less
alter table t_rows drop column score;
-- right: a filter column more
alter table t_rows add column more default 1;
-- refused "vss0 t: no such table: main.t_rows": no t_rows
drop table t_rows;
-- any: t_rows a view
drop table t_rows; create view t_rows as select 1 as rowid, 0 as slot, 2 as year, 'x' as room, 3 as score;
-- any: t_rows without rowids
create table copy as select * from t_rows; drop table t_rows;
create table t_rows(rowid text primary key, slot, year, room, score) without rowid; insert into t_rows select rowid || 'x', slot, year, room, score from copy;
-- any: t_rows with rowids twice
create table copy as select * from t_rows; drop table t_rows;
create table t_rows(rowid, slot, year, room, score); insert into t_rows select rowid % 7, slot, year, room, score from copy;
-- any: t_rows with rowids of text
create table copy as select * from t_rows; drop table t_rows;
create table t_rows(rowid, slot, year, room, score); insert into t_rows select 'x' || rowid, slot, year, room, score from copy;
-- right: other affinities
create table copy as select * from t_rows; drop table t_rows;
create table t_rows(rowid integer primary key, slot integer, year text, room blob collate nocase, score numeric); insert into t_rows select * from copy;
-- refused "t_rows": t_rows a virtual table
drop table t_rows; create virtual table t_rows using vss0(x(2), slot, year, room, score);
-- any: t_rows with values that are computed
create table copy as select * from t_rows; drop table t_rows;
create table t_rows(rowid integer primary key, slot, year as (1990 + rowid), room as ('west'), score as (1.5)); insert into t_rows(rowid, slot) select rowid, slot from copy;

--- vectors
-- A pack of a has the entries of 40 slots, of 25 bytes each: 1, the rowid, four floats. Row i has slot i - 1.
-- rows "missing from the table": vectors deleted
update t_vector0 set vectors = patch(vectors, 0, zeroblob(225)) where pack = 0;
-- rows "missing from the table": no vectors
delete from t_vector0;
-- rows "missing from the table": a pack less
delete from t_vector0 where pack = 0;
-- rows "has no row": a vector of no row
update t_vector0 set vectors = patch(vectors, 30 * 25, x'010000000000000309') where pack = 1;
-- rows "has no row": a vector of no row, far away
insert into t_vector0 select 1000000, vectors from t_vector0 where pack = 1; update t_vector0 set vectors = patch(vectors, 0, x'010000000000000309') where pack > 1;
-- rows "not in the row's": rowids of vectors exchanged
update t_vector0 set vectors = patch(patch(vectors, 2 * 25, x'010000000000000004'), 3 * 25, x'010000000000000003') where pack = 0;
-- rows "has no row": rowids of vectors changed
update t_vector0 set vectors = patch(vectors, 32 * 25, x'018000000000000021') where pack = 0;
-- rows "not in the row's": a vector of a row twice
update t_vector0 set vectors = patch(vectors, 30 * 25, substr((select vectors from t_vector0 where pack = 0), 1 + 32 * 25, 25)) where pack = 1;
-- any "not in the row's": packs exchanged
update t_vector0 set pack = pack + 5; update t_vector0 set pack = 6 - pack;
-- any "starts with 2": an entry of no kind
update t_vector0 set vectors = patch(vectors, 32 * 25, x'02') where pack = 0;
-- any "starts with 241": packs of ones
update t_vector0 set vectors = unhex(replace(hex(vectors), '0', 'f'));
-- any "is a text of": packs that are texts of that length
update t_vector0 set vectors = printf('%1000c', 'x');
-- refused "vss0 t: its shadow tables are damaged": packs that are numbers
update t_vector0 set vectors = 5;
-- refused "vss0 t: its shadow tables are damaged": packs a byte too long
update t_vector0 set vectors = cast(vectors || 'x' as blob);
-- refused "vss0 t: its shadow tables are damaged": packs a byte short
update t_vector0 set vectors = substr(vectors, 1, 999);
-- refused "vss0 t: its shadow tables are damaged": packs empty
update t_vector0 set vectors = x'';
-- refused "vss0 t: its shadow tables are damaged": a pack of a megabyte
update t_vector0 set vectors = zeroblob(1000000) where pack = 0;
-- any "not finite": vectors of NaN
with recursive n(i) as (select 0 union all select i + 1 from n where i < 39), packs(i, v) as (select 0, vectors from t_vector0 where pack = 0
union all select i + 1, patch(v, i * 25 + 9, x'0000c07f0000c07f0000c07f0000c07f') from packs where i < 40)
update t_vector0 set vectors = (select v from packs where i = 40) where pack = 0;
-- any "not finite": the nearest vector NaN
update t_vector0 set vectors = patch(vectors, 32 * 25 + 9, x'0000c07f000000000000000000000000') where pack = 0;
-- any "not finite": the nearest vector infinite
update t_vector0 set vectors = patch(vectors, 32 * 25 + 9, x'0000807f0000807f0000807f0000807f') where pack = 0;
-- any "does not bound": the nearest vector far away
update t_vector0 set vectors = patch(vectors, 32 * 25 + 9, x'ffff7f7fffff7f7fffff7f7fffff7f7f') where pack = 0;
-- any "does not bound": a far vector the nearest
update t_vector0 set vectors = patch(vectors, 9, substr(vectors, 10 + 32 * 25, 16)) where pack = 0;
-- any "does not bound": two vectors exchanged
update t_vector0 set vectors = patch(patch(vectors, 25 + 9, substr(vectors, 10 + 32 * 25, 16)), 32 * 25 + 9, substr(vectors, 10 + 25, 16)) where pack = 0;
-- refused "vss0 t: no such table: main.t_vector0": no t_vector0
drop table t_vector0;
-- refused "vss0 t: no such table: main.t_vector1": no t_vector1
drop table t_vector1;
-- any: the vectors of the other column
drop table t_vector0; alter table t_vector1 rename to t_vector0; create table t_vector1(pack integer primary key, vectors blob);
-- any: t_vector0 without a key
create table copy as select pack as p, vectors from t_vector0; drop table t_vector0; create table t_vector0(pack, vectors); insert into t_vector0 select * from copy;
-- any: t_vector0 with packs twice
create table copy as select pack as p, vectors from t_vector0; drop table t_vector0; create table t_vector0(pack, vectors); insert into t_vector0 select 0, vectors from copy;
-- any: t_vector0 a view
create table copy as select * from t_vector0; drop table t_vector0; create view t_vector0 as select * from copy;
-- any: t_vector0 a view of random bytes
drop table t_vector0; create view t_vector0 as select rowid as pack, randomblob(1000) as vectors from t_rows;
-- refused "t_vector0": t_vector0 a virtual table
drop table t_vector0; create virtual table t_vector0 using vss0(vectors(4), pack integer);
-- right: t_vector0 with an index over the vectors
create index x on t_vector0(vectors);
-- right: t_vector0 with an index over its packs
create index x on t_vector0(pack);
-- any: t_vector0 with a column that is computed
create table copy as select * from t_vector0; drop table t_vector0;
create table t_vector0(pack integer primary key, vectors blob, more as (length(vectors))); insert into t_vector0(pack, vectors) select * from copy;

--- slots
-- any "not in the row's": two rows of one slot
update t_rows set slot = 0 where rowid = 33;
-- any "not in the row's": all rows of one slot
update t_rows set slot = 7;
-- any "not in the row's": two rows with each other's slot
update t_rows set slot = case rowid when 1 then 32 else 0 end where rowid in (1, 33);
-- any "not in the row's": slots beyond the packs
update t_rows set slot = slot + 1000 where rowid > 40;
-- any "not in the row's": a slot as high as slots go
update t_rows set slot = 1073741823 where rowid = 33;
-- any "not in the row's": slots beyond all slots
update t_rows set slot = slot + 4294967296;
-- any "not in the row's": a slot below zero
update t_rows set slot = -1 where rowid = 33;
-- any "not in the row's": slots NULL
update t_rows set slot = null;
-- any "not in the row's": a slot of text
update t_rows set slot = 'there' where rowid = 33;
-- any "not in the row's": a slot with a fraction
update t_rows set slot = 32.5 where rowid = 33;
-- rows "which another row has": a row in the slot of another
insert into t_rows(rowid, slot) values(777, 3);
-- rows "no slot that there can be": a row in a slot far away
insert into t_rows(rowid, slot) values(777, 100000000);
-- rebuilt: no cache, and slots NULL
delete from t_cache; update t_rows set slot = null; insert into t(t) values('rebuild'); delete from t_cache;
-- rebuilt: no cache, and all slots wrong
delete from t_cache; update t_rows set slot = rowid * 3 % 20; insert into t(t) values('rebuild'); delete from t_cache;
-- rebuilt: no cache, and rows in the slots of others
delete from t_cache; insert into t_rows(rowid, slot) select -rowid, slot from t_rows; insert into t(t) values('rebuild'); delete from t_rows where rowid < 0; delete from t_cache;
-- refused "no such column: slot": no slots
create table copy as select rowid as r, year, room, score from t_rows; drop table t_rows;
create table t_rows(rowid integer primary key, year, room, score); insert into t_rows select * from copy;

--- the format
-- refused "is stored in format 1, expected format 2": the format before
update t_config set value = 1 where key = 'format';
-- refused "is stored in format 3, expected format 2": a format to come
update t_config set value = 3 where key = 'format';
-- right: no format
delete from t_config where key = 'format';
-- right: a format that is no number
update t_config set value = 'new' where key = 'format';

--- schema
-- any: a dimension more
pragma writable_schema = on; update sqlite_schema set sql = replace(sql, 'a(4)', 'a(5)') where name = 't';
-- any: a dimension less
pragma writable_schema = on; update sqlite_schema set sql = replace(sql, 'a(4)', 'a(3)') where name = 't';
-- refused "dimension": a dimension of 0
pragma writable_schema = on; update sqlite_schema set sql = replace(sql, 'a(4)', 'a(0)') where name = 't';
-- refused "dimension": too many dimensions
pragma writable_schema = on; update sqlite_schema set sql = replace(sql, 'a(4)', 'a(999999)') where name = 't';
-- refused "dimension": more dimensions than a number holds
pragma writable_schema = on; update sqlite_schema set sql = replace(sql, 'a(4)', 'a(99999999999999999999)') where name = 't';
-- any: the greatest dimension
pragma writable_schema = on; update sqlite_schema set sql = replace(sql, 'a(4)', 'a(65535)') where name = 't';
-- any: another metric
pragma writable_schema = on; update sqlite_schema set sql = replace(sql, 'a(4)', 'a(4) metric_type=INNER_PRODUCT') where name = 't';
-- any: a metric without codes
pragma writable_schema = on; update sqlite_schema set sql = replace(sql, 'a(4)', 'a(4) metric_type=L1') where name = 't';
-- refused "metric": a metric that is none
pragma writable_schema = on; update sqlite_schema set sql = replace(sql, 'COSINE', 'NEAREST') where name = 't';
-- any: a vector column more
pragma writable_schema = on; update sqlite_schema set sql = replace(sql, 'year integer', 'c(2), year integer') where name = 't';
-- any: a vector column less
pragma writable_schema = on; update sqlite_schema set sql = replace(sql, 'b(3) metric_type=COSINE, ', '') where name = 't';
-- any: the vector columns exchanged
pragma writable_schema = on; update sqlite_schema set sql = replace(replace(sql, 'b(3) metric_type=COSINE, ', ''), 'a(4)', 'b(3) metric_type=COSINE, a(4)') where name = 't';
-- any: a filter column more
pragma writable_schema = on; update sqlite_schema set sql = replace(sql, 'year integer', 'year integer, month integer') where name = 't';
-- refused "score": a filter column less
pragma writable_schema = on; update sqlite_schema set sql = replace(sql, ', score real', '') where name = 't';
-- right: a filter column of another type
pragma writable_schema = on; update sqlite_schema set sql = replace(sql, 'score real', 'score text') where name = 't';
-- refused "collation": a collation that is none
pragma writable_schema = on; update sqlite_schema set sql = replace(sql, 'nocase', 'klingon') where name = 't';
-- refused "": no columns
pragma writable_schema = on; update sqlite_schema set sql = 'create virtual table t using vss0()' where name = 't';
-- refused "": a column without an end
pragma writable_schema = on; update sqlite_schema set sql = 'create virtual table t using vss0(a(4' where name = 't';
-- refused "": two thousand columns
pragma writable_schema = on;
update sqlite_schema set sql = 'create virtual table t using vss0(a(4)' || (with recursive n(i) as (select 1 union all select i + 1 from n where i < 2100)
  select group_concat(', c' || i, '') from n) || ')' where name = 't';
-- refused "": a statement that is none
pragma writable_schema = on; update sqlite_schema set sql = 'create virtual nonsense' where name = 't';
-- refused "no such module": a module that is none
pragma writable_schema = on; update sqlite_schema set sql = replace(sql, 'vss0', 'vss9') where name = 't';
-- any: the table twice
pragma writable_schema = on; insert into sqlite_schema select type, 't2', 't2', 0, replace(sql, 'TABLE t ', 'TABLE t2 ') from sqlite_schema where name = 't';
-- refused "": the table an ordinary one
pragma writable_schema = on; update sqlite_schema set sql = 'create table t(a, b)', rootpage = 3 where name = 't';
-- any: the virtual table has a root page
pragma writable_schema = on; update sqlite_schema set rootpage = 3 where name = 't';
-- any: t_rows on the pages of t_vector0
pragma writable_schema = on; update sqlite_schema set rootpage = (select rootpage from sqlite_schema where name = 't_vector0') where name = 't_rows';
-- any: t_vector0 on the pages of t_rows
pragma writable_schema = on; update sqlite_schema set rootpage = (select rootpage from sqlite_schema where name = 't_rows') where name = 't_vector0';
-- any: t_vector0 on the pages of t_vector1
pragma writable_schema = on; update sqlite_schema set rootpage = (select rootpage from sqlite_schema where name = 't_vector1') where name = 't_vector0';
-- any: t_cache on the pages of t_rows
pragma writable_schema = on; update sqlite_schema set rootpage = (select rootpage from sqlite_schema where name = 't_rows') where name = 't_cache';
-- any: t_config on the pages of t_cache
pragma writable_schema = on; update sqlite_schema set rootpage = (select rootpage from sqlite_schema where name = 't_cache') where name = 't_config';
-- any: t_rows on the first page
pragma writable_schema = on; update sqlite_schema set rootpage = 1 where name = 't_rows';
-- any: t_rows beyond the last page
pragma writable_schema = on; update sqlite_schema set rootpage = 999999 where name = 't_rows';
-- any: t_cache on no page
pragma writable_schema = on; update sqlite_schema set rootpage = 0 where name = 't_cache';
-- any: every table on one page
pragma writable_schema = on; update sqlite_schema set rootpage = 5 where rootpage > 0;
-- any: t_vector0 called t_vector1, and the other way round
pragma writable_schema = on; update sqlite_schema set name = case name when 't_vector0' then 't_vector1' else 't_vector0' end where name like 't_vector_';
-- any: a table in a text of its own encoding
pragma writable_schema = on; update sqlite_schema set sql = cast(x'00ff00ff' as text) where name = 't_rows';

--- triggers, views and indexes
-- right: a trigger that empties t_rows
create trigger x after insert on t_rows begin delete from t_rows; end;
-- right: a trigger that empties t_cache
create trigger x after insert on t_cache begin delete from t_cache; end;
-- right: a trigger that writes the table
create trigger x before insert on t_vector0 begin insert into t(a) values('[1,2,3,4]'); end;
-- right: a trigger that asks the table
create trigger x before delete on t_rows begin select rowid from t where vss_search(a, '[1,2,3,4]') limit 1; end;
-- right: a trigger that drops what is written
create trigger x before insert on t_cache begin select raise(ignore); end;
-- right "no": a trigger that fails
create trigger x before insert on t_config begin select raise(abort, 'no'); end;
-- right: a trigger that writes itself
pragma recursive_triggers = on; create trigger x after update on t_config begin update t_config set value = value + 1; end;
-- right: an index over an expression
create index x on t_rows(abs(year), length(room));
-- right: a unique index
create unique index x on t_rows(rowid, year);
-- right: a partial index
create index x on t_cache(version) where id > 5;
