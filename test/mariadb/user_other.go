//go:build !unix

package mariadb

import (
	"errors"
	"os/exec"
)

func runAs(*exec.Cmd, string) error { return errors.ErrUnsupported }
func give(string, string) error     { return errors.ErrUnsupported }
