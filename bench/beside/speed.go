package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// figures are what is measured at one door for one page.
type figures struct {
	rate float64       // answers a second, as many as there can be
	cpu  time.Duration // for each of them
	p50  time.Duration // at a rate that both bear
	p99  time.Duration
}

// measureSpeed prints a table: for each way and page, the ratios of the medians, and nginx's figures to see what they are ratios of.
func (b *bench) measureSpeed(ctx context.Context, o options) error {
	fmt.Fprintln(o.out, "| page | way | answers a second | processor time a request | p50 | p99 | nginx: answers a second, time, p50, p99 |")
	fmt.Fprintln(o.out, "|---|---|---|---|---|---|---|")
	for _, page := range []struct{ name, path string }{{"forwarded", "page"}, {"from the cache", "kept"}} {
		for i := range ways {
			all := make(map[string][]figures)
			for round := range o.rounds {
				for k := range names {
					name := names[(k+round)%len(names)] // the other one first each time
					f, err := b.doors[name][i].measure(ctx, page.path, o)
					if err != nil {
						return fmt.Errorf("%s, %s: %w", name, ways[i].name, err)
					}
					fmt.Fprintf(o.log, "%s %s %s: %+v\n", page.path, ways[i].name, name, f)
					all[name] = append(all[name], f)
				}
			}
			us, them := median(all["seawall"]), median(all["nginx"])
			fmt.Fprintf(o.out, "| %s | %s | %.2f | %.2f | %.2f | %.2f | %.0f, %v, %v, %v |\n", page.name, ways[i].name,
				us.rate/them.rate, ratio(us.cpu, them.cpu), ratio(us.p50, them.p50), ratio(us.p99, them.p99),
				them.rate, them.cpu.Round(100*time.Nanosecond), them.p50, them.p99)
		}
	}
	return nil
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

// measure takes all figures once.
func (d *door) measure(ctx context.Context, path string, o options) (f figures, err error) {
	before, err := d.process.cpu()
	if err != nil {
		return f, err
	}
	count, err := d.flood(ctx, path, o.seconds)
	if err != nil {
		return f, err
	}
	after, err := d.process.cpu()
	if err != nil {
		return f, err
	}
	f.rate = float64(count) / float64(o.seconds)
	// The second before counting began is in the processor time, but not in the count.
	f.cpu = time.Duration(float64(after-before) / float64(count) * float64(o.seconds) / float64(o.seconds+1))
	delays, err := d.ask(ctx, path, o.seconds, o.rate)
	if err != nil {
		return f, err
	}
	f.p50, f.p99 = percentile(delays, 50), percentile(delays, 99)
	return f, nil
}

// median takes the median of each figure by itself.
func median(all []figures) figures {
	of := func(value func(figures) float64) float64 {
		values := make([]float64, len(all))
		for i, f := range all {
			values[i] = value(f)
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	return figures{
		rate: of(func(f figures) float64 { return f.rate }),
		cpu:  time.Duration(of(func(f figures) float64 { return float64(f.cpu) })),
		p50:  time.Duration(of(func(f figures) float64 { return float64(f.p50) })),
		p99:  time.Duration(of(func(f figures) float64 { return float64(f.p99) })),
	}
}
