-- PTR records by themselves: a view of tb_dns with a PTR row for every A and AAAA row. For MariaDB 10.11 and later and MySQL 8.0.29 and later, over a
-- tb_dns that schema.sql made, with rows or without:
--
--     mysqldns schema --with-ptr | mysql dns
--
-- loads schema.sql and this. Loading it again does no harm. Then say table tb_dns_with_ptr in the directive. The plugin's users need for these views
-- what schema.sql grants for the tables of tb_dns:
--
--     GRANT SELECT ON dns.tb_dns_with_ptr         TO 'mysqldns'@'%';
--     GRANT SELECT ON dns.tb_dns_with_ptr_changes TO 'mysqldns'@'%';
--     GRANT SELECT ON dns.tb_dns_with_ptr_zones   TO 'mysqldns'@'%';
--     GRANT SELECT ON dns.tb_dns_with_ptr_journal TO 'mysqldns'@'%';

-- Three columns of tb_dns say where the PTR of a row stands. They are invisible, so that an INSERT without names of columns works as before.
--
--     ptr       NULL: at the reverse name of the address. '': nowhere; there is to be none. Else the name that it stands at, as in a classless zone
--               (RFC 2317): 10.0/25.2.0.192.in-addr.arpa
--     ptr_hex   the digits of an IPv6 address; NULL for all else
--     ptr_name  the name that it stands at, which has an index; NULL for none. A wildcard has none, nor has a row that is no valid record
--
-- MySQL knows no ADD COLUMN IF NOT EXISTS.

SET @add_ptr = IF(
  EXISTS (SELECT 1 FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'tb_dns' AND COLUMN_NAME = 'ptr_name'),
  'DO 0',
  'ALTER TABLE tb_dns
     ADD COLUMN ptr VARCHAR(1004) CHARACTER SET ascii COLLATE ascii_general_ci DEFAULT NULL INVISIBLE,
     ADD COLUMN ptr_hex VARCHAR(32) CHARACTER SET ascii COLLATE ascii_general_ci GENERATED ALWAYS AS (
       CASE WHEN type IN (''AAAA'', ''28'', ''TYPE28'') AND IS_IPV6(record) THEN LOWER(HEX(INET6_ATON(record))) END
     ) VIRTUAL INVISIBLE,
     ADD COLUMN ptr_name VARCHAR(1004) CHARACTER SET ascii COLLATE ascii_general_ci GENERATED ALWAYS AS (
       CASE
         WHEN name LIKE ''*%'' OR ptr = '''' OR class NOT IN (''IN'', ''1'', ''CLASS1'') THEN NULL
         WHEN type IN (''A'', ''1'', ''TYPE1'') AND IS_IPV4(record) AND record = INET_NTOA(INET_ATON(record)) THEN COALESCE(ptr, CONCAT_WS(''.'',
           SUBSTRING_INDEX(record, ''.'', -1), SUBSTRING_INDEX(SUBSTRING_INDEX(record, ''.'', 3), ''.'', -1),
           SUBSTRING_INDEX(SUBSTRING_INDEX(record, ''.'', 2), ''.'', -1), SUBSTRING_INDEX(record, ''.'', 1), ''in-addr.arpa''))
         WHEN ptr_hex IS NOT NULL THEN COALESCE(ptr, CONCAT_WS(''.'',
           SUBSTR(ptr_hex, 32, 1), SUBSTR(ptr_hex, 31, 1), SUBSTR(ptr_hex, 30, 1), SUBSTR(ptr_hex, 29, 1),
           SUBSTR(ptr_hex, 28, 1), SUBSTR(ptr_hex, 27, 1), SUBSTR(ptr_hex, 26, 1), SUBSTR(ptr_hex, 25, 1),
           SUBSTR(ptr_hex, 24, 1), SUBSTR(ptr_hex, 23, 1), SUBSTR(ptr_hex, 22, 1), SUBSTR(ptr_hex, 21, 1),
           SUBSTR(ptr_hex, 20, 1), SUBSTR(ptr_hex, 19, 1), SUBSTR(ptr_hex, 18, 1), SUBSTR(ptr_hex, 17, 1),
           SUBSTR(ptr_hex, 16, 1), SUBSTR(ptr_hex, 15, 1), SUBSTR(ptr_hex, 14, 1), SUBSTR(ptr_hex, 13, 1),
           SUBSTR(ptr_hex, 12, 1), SUBSTR(ptr_hex, 11, 1), SUBSTR(ptr_hex, 10, 1), SUBSTR(ptr_hex, 9, 1),
           SUBSTR(ptr_hex, 8, 1), SUBSTR(ptr_hex, 7, 1), SUBSTR(ptr_hex, 6, 1), SUBSTR(ptr_hex, 5, 1),
           SUBSTR(ptr_hex, 4, 1), SUBSTR(ptr_hex, 3, 1), SUBSTR(ptr_hex, 2, 1), SUBSTR(ptr_hex, 1, 1), ''ip6.arpa''))
       END
     ) VIRTUAL INVISIBLE,
     ADD KEY ptr_name (ptr_name)');
PREPARE add_ptr FROM @add_ptr;
EXECUTE add_ptr;
DEALLOCATE PREPARE add_ptr;

-- The rows, and behind them the PTR rows that they make. Where somebody wrote a PTR or a CNAME, that is all: nothing is made beside it.

CREATE OR REPLACE VIEW tb_dns_with_ptr AS
SELECT id, name, type, class, ttl, record FROM tb_dns
UNION ALL
SELECT a.id, a.ptr_name, CONVERT('PTR' USING ascii), CONVERT('IN' USING ascii), a.ttl, a.name
FROM tb_dns a
WHERE a.ptr_name IS NOT NULL -- with a dot and without in conditions of their own, which an index is used for
  AND NOT EXISTS (SELECT 1 FROM tb_dns p WHERE p.name = a.ptr_name              AND p.type IN ('PTR', '12', 'TYPE12', 'CNAME', '5', 'TYPE5'))
  AND NOT EXISTS (SELECT 1 FROM tb_dns p WHERE p.name = CONCAT(a.ptr_name, '.') AND p.type IN ('PTR', '12', 'TYPE12', 'CNAME', '5', 'TYPE5'));

-- What the plugin looks for beside a table of that name: the log and the versions of tb_dns.

CREATE OR REPLACE VIEW tb_dns_with_ptr_changes AS SELECT * FROM tb_dns_changes;
CREATE OR REPLACE VIEW tb_dns_with_ptr_zones   AS SELECT * FROM tb_dns_zones;
CREATE OR REPLACE VIEW tb_dns_with_ptr_journal AS SELECT * FROM tb_dns_journal;

-- The triggers of schema.sql log the names of rows; these log the names that their PTR rows stand at.

LOCK TABLES tb_dns WRITE;

DROP TRIGGER IF EXISTS tb_dns_with_ptr_insert;
CREATE TRIGGER tb_dns_with_ptr_insert AFTER INSERT ON tb_dns FOR EACH ROW
  INSERT INTO tb_dns_changes (name) VALUES (COALESCE(NEW.ptr_name, NEW.name));

DROP TRIGGER IF EXISTS tb_dns_with_ptr_update;
CREATE TRIGGER tb_dns_with_ptr_update AFTER UPDATE ON tb_dns FOR EACH ROW
  INSERT INTO tb_dns_changes (name) VALUES (COALESCE(OLD.ptr_name, OLD.name)), (COALESCE(NEW.ptr_name, NEW.name));

DROP TRIGGER IF EXISTS tb_dns_with_ptr_delete;
CREATE TRIGGER tb_dns_with_ptr_delete AFTER DELETE ON tb_dns FOR EACH ROW
  INSERT INTO tb_dns_changes (name) VALUES (COALESCE(OLD.ptr_name, OLD.name));

UNLOCK TABLES;
