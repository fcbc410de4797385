// Command seawall keeps public-interest websites readable while somebody floods them. See "seawall help".
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
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
