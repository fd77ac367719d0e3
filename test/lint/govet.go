package main

import (
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/analysis"
)

// asInGoVet gives an analyzer what go vet gives it and lintcmd does not: the Go files that this platform and these tags leave out, and a function that reads them. Its
// findings go by its name, for lintcmd drops those of other categories.
func asInGoVet(analyzer *analysis.Analyzer) *analysis.Analyzer {
	with := *analyzer
	with.Run = func(pass *analysis.Pass) (any, error) {
		within := *pass
		within.ReadFile = os.ReadFile
		within.IgnoredFiles = leftOut(pass)
		within.Report = func(finding analysis.Diagnostic) {
			finding.Category = ""
			pass.Report(finding)
		}
		return analyzer.Run(&within)
	}
	return &with
}

// leftOut are the Go files beside those of a package that are not part of it. That takes in the tests of a package that is checked without them: what is found in these
// twice is shown once.
func leftOut(pass *analysis.Pass) (paths []string) {
	if len(pass.Files) == 0 {
		return nil
	}
	var parts []string
	for _, file := range pass.Files {
		parts = append(parts, pass.Fset.File(file.FileStart).Name())
	}
	beside, _ := filepath.Glob(filepath.Join(filepath.Dir(parts[0]), "*.go")) // its one error is of the pattern
	return slices.DeleteFunc(beside, func(path string) bool { return slices.Contains(parts, path) })
}
