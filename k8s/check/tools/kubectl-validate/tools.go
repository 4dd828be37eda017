//go:build tools

// Package tools names the program that scripts/check_k8s.sh builds. Each has a module of
// its own, because no version of their common libraries suits all of them.
package tools

import _ "sigs.k8s.io/kubectl-validate"
