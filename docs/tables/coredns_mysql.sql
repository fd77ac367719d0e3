-- A view of the table of the mysql plugin that coredns.io lists (github.com/cloud66-oss/coredns_mysql), which mysqldns can read,
-- and the log of what changed in it. For MariaDB 10.11 and later and MySQL 8.0.23 and later:
--
--     mysql coredns < coredns_mysql.sql
--
-- loads it into the database of coredns_records, here coredns. That table gets three triggers and an invisible column with an
-- index, which neither SELECT * nor INSERT without column names sees. Loading it again does no harm. Who loads it needs all
-- rights on that database; schema.sql says what a server with binary logging wants besides. The plugin's user needs:
--
--     GRANT SELECT ON coredns.coredns_mysql_view         TO 'mysqldns'@'%';
--     GRANT SELECT ON coredns.coredns_mysql_view_changes TO 'mysqldns'@'%';

-- The owner name: the zone itself for '' and '@', and for SOA whatever its name. Rows are read again by it after each change, so
-- it needs an index. MySQL knows no ADD COLUMN IF NOT EXISTS.

SET @add_owner = IF(
  EXISTS (SELECT 1 FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'coredns_records' AND COLUMN_NAME = 'mysqldns_owner'),
  'DO 0',
  'ALTER TABLE coredns_records ADD COLUMN mysqldns_owner VARCHAR(511) GENERATED ALWAYS AS (
     CASE WHEN record_type = ''SOA'' OR name IN ('''', ''@'') THEN zone ELSE CONCAT(name, ''.'', zone) END
   ) VIRTUAL INVISIBLE, ADD KEY mysqldns_owner (mysqldns_owner)');
PREPARE add_owner FROM @add_owner;
EXECUTE add_owner;
DEALLOCATE PREPARE add_owner;

-- What is not JSON, or lacks what its type needs, becomes a record that is refused whatever its type, so that the plugin skips
-- the row and names it: a quote that is never closed. MySQL ends a SELECT that looks into such text as JSON.

CREATE OR REPLACE VIEW coredns_mysql_view AS
SELECT id, mysqldns_owner AS name, record_type AS type, NULLIF(ttl, 0) AS ttl,
  COALESCE(
    CASE WHEN JSON_VALID(content) THEN
      CASE record_type
        WHEN 'A'     THEN JSON_VALUE(content, '$.ip')
        WHEN 'AAAA'  THEN JSON_VALUE(content, '$.ip')
        WHEN 'CNAME' THEN JSON_VALUE(content, '$.host')
        WHEN 'NS'    THEN JSON_VALUE(content, '$.host')
        WHEN 'MX'    THEN CONCAT(
          COALESCE(JSON_VALUE(content, '$.preference'), JSON_VALUE(content, '$.priority'), 0), ' ',
          JSON_VALUE(content, '$.host'))
        WHEN 'SRV'   THEN CONCAT(
          COALESCE(JSON_VALUE(content, '$.priority'), 0), ' ',
          COALESCE(JSON_VALUE(content, '$.weight'), 0), ' ',
          COALESCE(JSON_VALUE(content, '$.port'), 0), ' ',
          JSON_VALUE(content, '$.target'))
        WHEN 'CAA'   THEN CONCAT(
          COALESCE(JSON_VALUE(content, '$.flag'), 0), ' ',
          JSON_VALUE(content, '$.tag'), ' "',
          REPLACE(REPLACE(JSON_VALUE(content, '$.value'), '\\', '\\\\'), '"', '\\"'), '"')
        WHEN 'TXT'   THEN CASE WHEN JSON_TYPE(JSON_EXTRACT(content, '$.text')) = 'STRING' THEN CONCAT('"',
          REPLACE(REPLACE(JSON_UNQUOTE(JSON_EXTRACT(content, '$.text')), '\\', '\\\\'), '"', '\\"'), '"') END
        WHEN 'SOA'   THEN CONCAT_WS(' ',
          COALESCE(JSON_VALUE(content, '$.ns'), CONCAT('ns1.', zone)),
          COALESCE(JSON_VALUE(content, '$.MBox'), JSON_VALUE(content, '$.Mbox'), JSON_VALUE(content, '$.mbox'),
            CONCAT('hostmaster.', zone)),
          COALESCE(JSON_VALUE(content, '$.serial'), 1),
          COALESCE(JSON_VALUE(content, '$.refresh'), 86400),
          COALESCE(JSON_VALUE(content, '$.retry'), 7200),
          COALESCE(JSON_VALUE(content, '$.expire'), 1209600),
          COALESCE(JSON_VALUE(content, '$.minttl'), NULLIF(ttl, 0), 360))
      END
    END,
    CONCAT('"not the JSON that ', record_type, ' needs: ', REPLACE(COALESCE(content, 'NULL'), '"', ''''))
  ) AS record
FROM coredns_records;

-- The names whose rows changed, in the order of the changes. The column is what it is in the view. The triggers write it.

CREATE TABLE IF NOT EXISTS coredns_mysql_view_changes (
  seq        BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  changed_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  PRIMARY KEY (seq),
  KEY changed_at (changed_at)
) ENGINE=InnoDB SELECT mysqldns_owner AS name FROM coredns_records LIMIT 0;

LOCK TABLES coredns_records WRITE;

DROP TRIGGER IF EXISTS coredns_mysql_view_insert;
CREATE TRIGGER coredns_mysql_view_insert AFTER INSERT ON coredns_records FOR EACH ROW
  INSERT INTO coredns_mysql_view_changes (name) VALUES (NEW.mysqldns_owner);

DROP TRIGGER IF EXISTS coredns_mysql_view_update;
CREATE TRIGGER coredns_mysql_view_update AFTER UPDATE ON coredns_records FOR EACH ROW
  INSERT INTO coredns_mysql_view_changes (name) VALUES (OLD.mysqldns_owner), (NEW.mysqldns_owner);

DROP TRIGGER IF EXISTS coredns_mysql_view_delete;
CREATE TRIGGER coredns_mysql_view_delete AFTER DELETE ON coredns_records FOR EACH ROW
  INSERT INTO coredns_mysql_view_changes (name) VALUES (OLD.mysqldns_owner);

UNLOCK TABLES;

-- The log keeps a week. Without event scheduler (MariaDB's default), have cron run the DELETE every few minutes.

CREATE EVENT IF NOT EXISTS coredns_mysql_view_changes_prune ON SCHEDULE EVERY 1 MINUTE DO
  DELETE FROM coredns_mysql_view_changes WHERE changed_at < NOW(6) - INTERVAL 7 DAY ORDER BY changed_at LIMIT 10000;
