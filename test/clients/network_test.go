package clients

import (
	"os"
	"os/exec"
	"testing"

	"github.com/mysqldns/mysqldns/test/coredns"
)

// ownNetworkVariable is set in the process that inOwnNetwork starts.
const ownNetworkVariable = "MYSQLDNS_TEST_OWN_NETWORK"

// inOwnNetwork runs a test in a process whose network has nothing but a loopback: for programs that know no port but their protocol's, and that broadcast. The
// process starts a database of its own there. Where that is not possible the test is skipped.
func inOwnNetwork(t *testing.T, test func()) {
	t.Helper()
	if os.Getenv(ownNetworkVariable) != "" {
		test()
		return
	}
	unshare := []string{"unshare", "--net"}
	if os.Getuid() != 0 {
		unshare = append(unshare, "--user", "--map-root-user")
	}
	if output, err := command(append(unshare, "ip", "link", "add", "veth0", "type", "veth", "peer", "name", "veth1")...).CombinedOutput(); err != nil {
		t.Skipf("NOT TESTED: no network of its own can be made here, which wants root or user namespaces, unshare and ip: %v\n%s", err, output)
	}
	cmd := command(append(unshare, "sh", "-c", `ip link set lo up && exec "$@"`, "sh", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")...)
	cmd.Env = append(os.Environ(), ownNetworkVariable+"=1", coredns.Variable+"="+program)
	output, err := cmd.CombinedOutput()
	t.Logf("in a network of its own:\n%s", output)
	if err != nil {
		t.Fatal(err)
	}
}

func command(args ...string) *exec.Cmd { return exec.Command(args[0], args[1:]...) }
