# Makes the user that CoreDNS reads the table as. It may read, and nothing else.
#
# MariaDB's image runs this when the data folder is new. It must not be executable: only then is it run inside the image's
# own script, which has docker_process_sql.

password=$(</run/secrets/password)
password=${password//\\/\\\\}
password=${password//\'/\\\'}
docker_process_sql <<SQL
CREATE USER 'mysqldns'@'%' IDENTIFIED BY '$password';
GRANT SELECT ON dns.tb_dns         TO 'mysqldns'@'%';
GRANT SELECT ON dns.tb_dns_changes TO 'mysqldns'@'%';
SQL
unset password
