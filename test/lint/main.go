// Command lint runs the checks of go vet and of staticcheck on packages, which it takes with flags as staticcheck does.
//
// Each of the two learns facts from all packages that are imported, down to the standard library, such as which functions wrap Printf. In one program, each package
// is parsed and its types are checked once for both.
package main

import (
	"os"

	"golang.org/x/tools/go/analysis/suite/vet"
	"honnef.co/go/tools/lintcmd"
	"honnef.co/go/tools/simple"
	"honnef.co/go/tools/staticcheck"
	"honnef.co/go/tools/stylecheck"
	"honnef.co/go/tools/unused"
)

func main() {
	command := lintcmd.NewCommand("lint")
	command.ParseFlags(os.Args[1:])
	command.AddAnalyzers(simple.Analyzers...)
	command.AddAnalyzers(staticcheck.Analyzers...)
	command.AddAnalyzers(stylecheck.Analyzers...)
	command.AddAnalyzers(unused.Analyzer)
	for _, analyzer := range vet.Suite {
		command.AddBareAnalyzers(asInGoVet(analyzer))
	}
	command.Run()
}
