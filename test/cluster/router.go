package cluster

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/mysqldns/mysqldns/test/mariadb"
	"github.com/mysqldns/mysqldns/test/port"
)

// Router is MySQL Router in front of a group. Its Addr leads to the primary.
type Router struct {
	Proxy
	Secondaries string // the address that leads to one secondary after the other
}

//go:embed metadata.sql
var metadata string

// StartRouter makes an InnoDB Cluster of a group and starts a Router in front of it, which keeps its configuration in dir.
func StartRouter(dir string, g *Group) (*Router, error) {
	program, err := findRouter("mysqlrouter")
	if err != nil {
		return nil, err
	}
	primary, err := g.Primary()
	if err != nil {
		return nil, err
	}
	if err := load(primary, metadata); err != nil {
		return nil, err
	}
	r := new(Router)
	for _, addr := range []*string{&r.Addr, &r.Secondaries} {
		if *addr, err = port.Free(); err != nil {
			return nil, err
		}
	}
	if err := keepPassword(dir); err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "router.conf")
	for name, text := range map[string]string{config: r.config(dir), filepath.Join(dir, "state.json"): routerState(g)} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	return r, r.start(dir, program, "-c", config)
}

// routerPassword is that of metadata.sql.
const routerPassword = "secret"

// keepPassword puts the password of the Router's user where it looks for it.
func keepPassword(dir string) error {
	program, err := findRouter("mysqlrouter_keyring")
	if err != nil {
		return err
	}
	key, keyring := "--master-key-file="+filepath.Join(dir, "key"), filepath.Join(dir, "keyring")
	for _, args := range [][]string{{"init", key, keyring}, {"set", key, keyring, "router", "password"}} {
		cmd := exec.Command(program, args...)
		cmd.Stdin = strings.NewReader(routerPassword)
		if output, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s %s: %w: %s", program, args[0], err, output)
		}
	}
	return nil
}

// config is the configuration of a Router, which leaves a member that hangs sooner than the 30 s that are its default.
func (r *Router) config(dir string) string {
	text := fmt.Sprintf("[DEFAULT]\nname=router\ndynamic_state=%[1]s/state.json\nkeyring_path=%[1]s/keyring\nmaster_key_path=%[1]s/key\nruntime_folder=%[1]s\ndata_folder=%[1]s\n"+
		"[logger]\nlevel=info\n[metadata_cache:dns]\ncluster_type=gr\nrouter_id=1\nuser=router\nmetadata_cluster=dns\nttl=0.5\nconnect_timeout=2\nread_timeout=2\nuse_gr_notifications=0\n", dir)
	for role, addr := range map[string]string{"PRIMARY": r.Addr, "SECONDARY": r.Secondaries} {
		host, number, _ := strings.Cut(addr, ":")
		text += fmt.Sprintf("[routing:%s]\nbind_address=%s\nbind_port=%s\ndestinations=metadata-cache://dns/?role=%s\nrouting_strategy=round-robin\nprotocol=classic\n",
			strings.ToLower(role), host, number, role)
	}
	return text
}

// routerState is where a Router finds its cluster.
func routerState(g *Group) string {
	var servers []string
	for _, member := range g.Members {
		servers = append(servers, fmt.Sprintf("%q", "mysql://"+member.Addr))
	}
	return fmt.Sprintf(`{"version": "1.0.0", "metadata-cache": {"group-replication-id": %q, "cluster-metadata-servers": [%s]}}`, groupName, strings.Join(servers, ", "))
}

// findRouter finds one of the Router's programs: beside MySQL's server, where test/install-mysql puts it, or on PATH.
func findRouter(name string) (string, error) {
	if server, err := mariadb.FindMySQL(); err == nil {
		if program, err := exec.LookPath(filepath.Join(filepath.Dir(server), name)); err == nil {
			return program, nil
		}
	}
	program, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s is %w (Debian: test/install-mysql)", name, ErrNotInstalled)
	}
	return program, nil
}
