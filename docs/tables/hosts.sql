-- An example to copy: a view of a table with another layout, and the log of what changed in it. Loading it again does no harm.
--
-- The table, as someone may have it:

CREATE TABLE IF NOT EXISTS hosts (
  id      INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  fqdn    VARCHAR(255) NOT NULL,
  address VARCHAR(39) NOT NULL,
  active  BOOLEAN NOT NULL DEFAULT TRUE,
  KEY fqdn (fqdn)
);

-- The view. Its name is a column that has an index, taken as it is: after a change the rows of a name are read again, and from
-- LOWER(fqdn) or CONCAT(…) that would read the whole table.

CREATE OR REPLACE VIEW hosts_view AS
SELECT id, fqdn AS name, IF(address LIKE '%:%', 'AAAA', 'A') AS type, 60 AS ttl, address AS record
FROM hosts
WHERE active;

-- The log: the view's name with _changes behind it. Its column name is what it is in the view.

CREATE TABLE IF NOT EXISTS hosts_view_changes (
  seq        BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  changed_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  PRIMARY KEY (seq),
  KEY changed_at (changed_at)
) ENGINE=InnoDB SELECT fqdn AS name FROM hosts LIMIT 0;

-- The triggers, on every table that the view reads: each logs the names whose rows in the view it may have changed.

LOCK TABLES hosts WRITE;

DROP TRIGGER IF EXISTS hosts_view_insert;
CREATE TRIGGER hosts_view_insert AFTER INSERT ON hosts FOR EACH ROW
  INSERT INTO hosts_view_changes (name) VALUES (NEW.fqdn);

DROP TRIGGER IF EXISTS hosts_view_update;
CREATE TRIGGER hosts_view_update AFTER UPDATE ON hosts FOR EACH ROW
  INSERT INTO hosts_view_changes (name) VALUES (OLD.fqdn), (NEW.fqdn);

DROP TRIGGER IF EXISTS hosts_view_delete;
CREATE TRIGGER hosts_view_delete AFTER DELETE ON hosts FOR EACH ROW
  INSERT INTO hosts_view_changes (name) VALUES (OLD.fqdn);

UNLOCK TABLES;

-- The log keeps a week. Without event scheduler (MariaDB's default), have cron run the DELETE every few minutes.

CREATE EVENT IF NOT EXISTS hosts_view_changes_prune ON SCHEDULE EVERY 1 MINUTE DO
  DELETE FROM hosts_view_changes WHERE changed_at < NOW(6) - INTERVAL 7 DAY ORDER BY changed_at LIMIT 10000;
