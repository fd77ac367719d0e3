//go:build !unix

package coredns

import (
	"errors"
	"os"
)

func terminate(p *os.Process) error { return p.Kill() }

func reload(*os.Process) error { return errors.ErrUnsupported }
