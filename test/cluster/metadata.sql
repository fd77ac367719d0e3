-- As much of the metadata of an InnoDB Cluster (version 2.0) as MySQL Router asks for. MySQL Shell, which makes all of it, is in no package of Debian.
CREATE DATABASE mysql_innodb_cluster_metadata;
USE mysql_innodb_cluster_metadata;

CREATE TABLE clusters (cluster_id CHAR(36) PRIMARY KEY, cluster_name VARCHAR(63), group_name CHAR(36), attributes JSON, options JSON, router_options JSON);
CREATE TABLE instances (instance_id INT PRIMARY KEY, cluster_id CHAR(36), mysql_server_uuid CHAR(36), address VARCHAR(255), label VARCHAR(255), attributes JSON);
CREATE TABLE routers (router_id INT PRIMARY KEY, router_name VARCHAR(265), product_name VARCHAR(128), address VARCHAR(256), version VARCHAR(12),
    last_check_in TIMESTAMP NULL, cluster_id CHAR(36), attributes JSON, options JSON);

CREATE VIEW schema_version (major, minor, patch) AS SELECT 2, 0, 0;
CREATE VIEW v2_clusters AS SELECT 'gr' AS cluster_type, 'pm' AS primary_mode, cluster_id, cluster_name, router_options FROM clusters;
CREATE VIEW v2_gr_clusters AS SELECT 'gr' AS cluster_type, 'pm' AS primary_mode, clusters.* FROM clusters;
CREATE VIEW v2_instances AS SELECT instances.*, address AS endpoint, NULL AS xendpoint FROM instances;
CREATE VIEW v2_this_instance AS SELECT cluster_id, instance_id, cluster_name, 'gr' AS cluster_type FROM instances JOIN clusters USING (cluster_id)
    JOIN performance_schema.global_variables ON variable_name = 'server_uuid' AND variable_value = mysql_server_uuid;
CREATE VIEW v2_routers AS SELECT * FROM routers;

INSERT INTO clusters (cluster_id, cluster_name, group_name) VALUES ('1', 'dns', @@group_replication_group_name);
INSERT INTO instances (instance_id, cluster_id, mysql_server_uuid, address, attributes)
    SELECT ROW_NUMBER() OVER (ORDER BY member_id), '1', member_id, CONCAT(member_host, ':', member_port), '{}' FROM performance_schema.replication_group_members;
INSERT INTO routers (router_id, router_name, address, cluster_id) VALUES (1, 'router', '127.0.0.1', '1');

CREATE USER router@'%' IDENTIFIED BY 'secret';
GRANT SELECT ON mysql_innodb_cluster_metadata.* TO router@'%';
GRANT UPDATE ON mysql_innodb_cluster_metadata.routers TO router@'%';
GRANT UPDATE ON mysql_innodb_cluster_metadata.v2_routers TO router@'%';
GRANT SELECT ON performance_schema.* TO router@'%';
