package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

const (
	dialers  = 16
	networks = 250 // that the connections come from, a /24 each
	slowTime = 12 * time.Second
)

// measureMemory prints what open connections take: idle ones behind an answered request, and slow ones that send a head byte by byte.
// Every row has programs that have just started, since what they took once they may keep.
func measureMemory(ctx context.Context, dir string, o options) error {
	fmt.Fprintln(o.out, "| connections | way | Seawall, KiB each | nginx, KiB each | still open: Seawall, nginx |")
	fmt.Fprintln(o.out, "|---|---|---|---|---|")
	for _, kind := range []struct {
		name string
		hold func(context.Context, net.Conn) error
		wait time.Duration
	}{{"idle", ask, 2 * time.Second}, {"slow", trickle, slowTime}} {
		for i, w := range ways {
			if w.h2 {
				continue
			}
			each, open, err := holdBoth(ctx, dir, i, o.conns, kind.hold, kind.wait)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", kind.name, w.name, err)
			}
			fmt.Fprintf(o.out, "| %d %s | %s | %.1f | %.1f | %d, %d |\n", o.conns, kind.name, w.name, each[0], each[1], open[0], open[1])
		}
	}
	return nil
}

// holdBoth has each proxy hold n connections of the i-th way.
func holdBoth(ctx context.Context, dir string, i, n int, do func(context.Context, net.Conn) error, wait time.Duration) (each [2]float64, open [2]int64, err error) {
	b, err := newBench(ctx, dir)
	for k, name := range names {
		if err == nil {
			each[k], open[k], err = b.doors[name][i].hold(ctx, n, do, wait)
		}
	}
	return each, open, errors.Join(err, b.close())
}

// hold opens n connections, does something on each, and returns the memory that the process holds more at most while they are open, in
// KiB for each, and how many are open in the end.
func (d *door) hold(ctx context.Context, n int, do func(context.Context, net.Conn) error, wait time.Duration) (each float64, open int64, err error) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	before, err := d.process.resident()
	if err != nil {
		return 0, 0, err
	}
	var (
		held    atomic.Int64
		work    sync.WaitGroup
		holding sync.WaitGroup
		failed  atomic.Pointer[error]
		numbers = make(chan int)
	)
	for range dialers {
		work.Go(func() {
			for i := range numbers {
				c, err := d.open(ctx, i)
				if err != nil {
					failed.CompareAndSwap(nil, &err)
					continue
				}
				held.Add(1)
				holding.Go(func() {
					defer held.Add(-1)
					defer c.Close()
					_ = do(ctx, c) // it ends when the other side does, or with ctx
				})
			}
		})
	}
	for i := range n {
		numbers <- i
	}
	close(numbers)
	work.Wait()
	if err := failed.Load(); err != nil {
		end()
		holding.Wait()
		return 0, 0, *err
	}
	most := before
	for until := time.Now().Add(wait); time.Now().Before(until) && ctx.Err() == nil; time.Sleep(100 * time.Millisecond) {
		now, err := d.process.resident()
		if err != nil {
			return 0, 0, err
		}
		most = max(most, now)
	}
	open = held.Load()
	end()
	holding.Wait()
	return float64(most-before) / 1024 / float64(n), open, nil
}

// open dials from one of many networks.
func (d *door) open(ctx context.Context, i int) (net.Conn, error) {
	from := netip.AddrFrom4([4]byte{127, 0, 1 + byte(i%networks), 1})
	c, err := sealed.Dial(ctx, from, d.addr())
	if err != nil || !d.tls {
		return c, err
	}
	secure := tls.Client(c, &tls.Config{ServerName: site, InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}}) //nolint:gosec // G402: on loopback
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return secure, nil
}

// ask has one request answered and then keeps quiet until ctx ends or the other side closes.
func ask(ctx context.Context, c net.Conn) error {
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	if _, err := io.WriteString(c, "GET /kept HTTP/1.1\r\nHost: "+site+"\r\n\r\n"); err != nil {
		return err
	}
	r := bufio.NewReaderSize(c, 512)
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	_, err = r.ReadByte()
	return errors.Join(err, resp.Body.Close())
}

// trickle sends a head that never ends, a byte a second.
func trickle(ctx context.Context, c net.Conn) error {
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	if _, err := io.WriteString(c, "GET /kept HTTP/1.1\r\nHost: "+site+"\r\nX-Slow: "); err != nil {
		return err
	}
	go func() {
		_, _ = c.Read(make([]byte, 1)) // the end of the other side
		c.Close()
	}()
	for ticks := time.NewTicker(time.Second); ; <-ticks.C {
		if _, err := io.WriteString(c, "a"); err != nil {
			ticks.Stop()
			return err
		}
	}
}
