// Command seawall keeps public-interest websites readable while somebody floods them. See "seawall help".
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// Where an origin sends more than it announced, net/http writes the surplus to the standard log, and it may be a page of somebody's
	// own. There is no other way to stop it; nothing of ours writes there.
	slog.SetDefault(slog.New(slog.DiscardHandler))

	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel() // what is under way is finished
		<-signals
		os.Exit(exitShort) // whoever asks twice wants no more of that
	}()
	os.Exit(execute(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
