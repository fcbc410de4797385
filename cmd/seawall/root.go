package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/seawall-project/seawall/internal/config"
)

// Exit codes.
const (
	exitOK    = 0
	exitShort = 1 // what was asked for did not come true
	exitUsage = 2 // the command line or the configuration is wrong
	exitUnfit = 3 // the rehearsal says nothing either way; or what was asked for is refused for safety
)

// exitError ends the program with a code and, unless err is nil, a message.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// execute runs one command line and returns the program's exit code.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return exitCode(stderr, root.ExecuteContext(ctx))
}

// exitCode prints an error for a person and returns the code that belongs to it.
func exitCode(stderr io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	if text := err.Error(); text != "" {
		_, many := errors.AsType[config.Problems](err)
		_, told := errors.AsType[said](err)
		if !many && !told {
			text = "seawall: " + text
		}
		fmt.Fprintln(stderr, text)
	}
	if e, ok := errors.AsType[*exitError](err); ok {
		return e.code
	}
	return exitUsage
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "seawall",
		Short: "Keep a website readable while somebody floods it",
		Long: "Seawall stands in front of a website on one small machine and keeps real readers served\n" +
			"through a flood of requests. It is defence only: nothing in it can be aimed at anyone.",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(
		newDemo(), newRun(), newCheck(), newStatus(), newReload(), newPurge(),
		newWatch(), newIncident(), newIntel(), newRules(), newClaim(), newForecast(), newReady(), newNotify(), newBackup(), newMan(), newVersion(),
	)
	return root
}
