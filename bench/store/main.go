// Command store fills a SQLite store as two weeks of watching would, and measures what is asked of it: a day of one site, the current state of
// all, and an hour's retention beside a writer, each with the system's page cache dropped before. It prints Markdown, and needs to be root
// for dropping the cache.
//
//	go run ./bench/store -rows 2880000 -dir /var/tmp/seawall-bench          # a day of 2,000 sites
//	go run ./bench/store -rows 40320000 -dir /var/tmp/seawall-bench         # two weeks
//	go run ./bench/store -rows 40320000 -dir /var/tmp/seawall-bench -keep   # measure a store that was filled before, and leave it
//
// The store is filled through the same calls as in service and in order of time, with -batch 1 also in writes as small. It holds invented results of
// invented sites, and is removed at the end unless -keep is given.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/seawall-project/seawall/internal/store/sqlite"
)

// options are what the command line says.
type options struct {
	sites, rows int
	dir         string
	keep        bool
	samples     int
	batch       int // minutes

	out, log io.Writer // the table; what is going on
}

func main() {
	o := options{out: os.Stdout, log: os.Stderr}
	flag.IntVar(&o.sites, "sites", 2000, "how many sites are watched, each once a minute")
	flag.IntVar(&o.rows, "rows", 2880000, "how many results there are")
	flag.StringVar(&o.dir, "dir", "", "folder for the store; needed, and not in memory (tmpfs)")
	flag.BoolVar(&o.keep, "keep", false, "leave the store, and measure the one that is there")
	flag.IntVar(&o.samples, "samples", 200, "how many sites are asked for their day")
	flag.IntVar(&o.batch, "batch", 15, "how many minutes' results go into one write while the store is filled; 1 as in service")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "store:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

func run(ctx context.Context, o options) error {
	if o.dir == "" || o.sites < 100 || o.rows < o.sites*60*24 || o.batch < 1 {
		return errors.New("give -dir, at least 100 sites, and rows for a day at least")
	}
	b := &bench{options: o, path: filepath.Join(o.dir, sqlite.FileName), minutes: o.rows / o.sites}
	if !o.keep {
		defer os.RemoveAll(o.dir)
	}
	if _, err := os.Stat(b.path); err != nil || !o.keep {
		if err := b.fill(ctx); err != nil {
			return fmt.Errorf("fill: %w", err)
		}
	}
	return b.measure(ctx)
}

// bench is a store being measured.
type bench struct {
	options
	path    string
	minutes int
}

// begin is the time of the first result. It lies in the past, so that no result is from the future.
var begin = time.Date(2025, time.November, 5, 0, 0, 0, 0, time.UTC)

// open opens the store without looking for damage, so that nothing of it is in memory.
func (b *bench) open(ctx context.Context) (*sqlite.Store, error) {
	return sqlite.Open(ctx, sqlite.Options{Path: b.path, CheckFor: time.Nanosecond})
}
