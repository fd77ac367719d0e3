-- A view of PowerDNS's tables (gmysql, 4.x) that mysqldns can read, and the log of what changed in it. For MariaDB 10.11 and
-- later and MySQL 8 and later:
--
--     mysql pdns < powerdns.sql
--
-- loads it into PowerDNS's database, here pdns. The tables stay as they are, but for five triggers. Loading it again does no
-- harm. Who loads it needs all rights on that database; schema.sql says what a server with binary logging wants besides. The
-- plugin's user needs:
--
--     GRANT SELECT ON pdns.powerdns_view         TO 'mysqldns'@'%';
--     GRANT SELECT ON pdns.powerdns_view_changes TO 'mysqldns'@'%';

-- PowerDNS answers from a row if it is not disabled and lies in its domain. STRAIGHT_JOIN: from the rows to their domains,
-- whatever the optimizer thinks; it is the quicker way for one name and for all.

CREATE OR REPLACE VIEW powerdns_view AS
SELECT r.id, r.name, r.type, r.ttl,
  CASE
    WHEN r.type = 'A' AND (r.content LIKE '0%' OR r.content LIKE '%.0%') AND r.content REGEXP '^[0-9]+([.][0-9]+){3}$' -- PowerDNS takes leading zeros
      THEN CONCAT(LEFT(r.content, 0), SUBSTRING_INDEX(r.content, '.', 1) + 0, '.', SUBSTRING_INDEX(SUBSTRING_INDEX(r.content, '.', 2), '.', -1) + 0, '.',
        SUBSTRING_INDEX(SUBSTRING_INDEX(r.content, '.', 3), '.', -1) + 0, '.', SUBSTRING_INDEX(r.content, '.', -1) + 0) -- in the character set of content
    WHEN r.type IN ('MX', 'SRV') THEN CONCAT_WS(' ', r.prio, r.content)
    WHEN r.type = 'TXT' AND COALESCE(r.content, '') NOT LIKE '"%' THEN CONCAT('"', COALESCE(r.content, ''), '"')
    ELSE r.content
  END AS record
FROM records r STRAIGHT_JOIN domains d ON d.id = r.domain_id
WHERE r.disabled = 0
  AND r.type IS NOT NULL -- as in rows for empty non-terminals
  AND (d.name IN (r.name, '.') OR RIGHT(r.name, CHAR_LENGTH(d.name) + 1) = CONCAT('.', d.name))
  AND (r.type <> 'NS' OR NOT EXISTS ( -- at a cut, the child's NS count if the child is here too
        SELECT 1 FROM domains child WHERE child.name = r.name AND child.id <> r.domain_id));

-- The names whose rows changed, in the order of the changes. The column is what it is in records. The triggers write it.

CREATE TABLE IF NOT EXISTS powerdns_view_changes (
  seq        BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  changed_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  PRIMARY KEY (seq),
  KEY changed_at (changed_at)
) ENGINE=InnoDB SELECT name FROM records LIMIT 0;

LOCK TABLES records WRITE, domains WRITE;

DROP TRIGGER IF EXISTS powerdns_view_insert;
CREATE TRIGGER powerdns_view_insert AFTER INSERT ON records FOR EACH ROW
  INSERT INTO powerdns_view_changes (name) VALUES (NEW.name);

DROP TRIGGER IF EXISTS powerdns_view_update;
CREATE TRIGGER powerdns_view_update AFTER UPDATE ON records FOR EACH ROW
  INSERT INTO powerdns_view_changes (name) VALUES (OLD.name), (NEW.name);

DROP TRIGGER IF EXISTS powerdns_view_delete;
CREATE TRIGGER powerdns_view_delete AFTER DELETE ON records FOR EACH ROW
  INSERT INTO powerdns_view_changes (name) VALUES (OLD.name);

-- A domain that comes or goes changes what counts at its name. With one that goes, its rows go: left behind they do not count
-- any more, and rows that a foreign key deletes fire no trigger.

DROP TRIGGER IF EXISTS powerdns_view_domain_insert;
CREATE TRIGGER powerdns_view_domain_insert AFTER INSERT ON domains FOR EACH ROW
  INSERT INTO powerdns_view_changes (name) VALUES (NEW.name);

DROP TRIGGER IF EXISTS powerdns_view_domain_delete;
CREATE TRIGGER powerdns_view_domain_delete BEFORE DELETE ON domains FOR EACH ROW
  INSERT INTO powerdns_view_changes (name)
    SELECT name FROM records WHERE domain_id = OLD.id UNION SELECT OLD.name;

UNLOCK TABLES;

-- The log keeps a week. Without event scheduler (MariaDB's default), have cron run the DELETE every few minutes.

CREATE EVENT IF NOT EXISTS powerdns_view_changes_prune ON SCHEDULE EVERY 1 MINUTE DO
  DELETE FROM powerdns_view_changes WHERE changed_at < NOW(6) - INTERVAL 7 DAY ORDER BY changed_at LIMIT 10000;
