// Command lookout measures what it costs to watch many sites: their fakes run in a process of their own, each under an address and a name of its
// own on loopback, with a certificate, a fresh connection for each probe and 50 kB of page; some hang. The lookout runs in this process with
// its store, and what it used is what the system says of this process. It prints one row of a Markdown table.
//
//	go build -o lookout ./bench/lookout
//	alone() { unshare -rn sh -c 'ip link set lo up && exec "$@"' - "$@"; }     # in a network namespace of its own
//	alone ./lookout -sites 2000 -minutes 10 -then 10                           # one in twenty hangs, and then all do
//	alone ./lookout -minutes 10 -blackbox /usr/bin/prometheus-blackbox-exporter   # the same sites, asked by that
//
// Nothing is sent anywhere but to 127.0.0.0/8.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"time"
)

// options are what the command line says.
type options struct {
	sites    int
	minutes  int
	then     int
	hang     float64
	blackbox string
	fakes    bool
	out      io.Writer
}

func main() {
	o := options{out: os.Stdout}
	flag.IntVar(&o.sites, "sites", 2000, "how many sites are watched")
	flag.IntVar(&o.minutes, "minutes", 10, "for how long, 1 to 60")
	flag.IntVar(&o.then, "then", 0, "for how long all of them hang afterwards, 0 to 60 minutes")
	flag.Float64Var(&o.hang, "hang", 0.05, "share of the sites that take connections and never answer")
	flag.StringVar(&o.blackbox, "blackbox", "", "path of a blackbox exporter that is measured in place of the lookout")
	flag.BoolVar(&o.fakes, "fakes", false, "be the sites; for use by this program")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "lookout:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

func run(ctx context.Context, o options) error {
	if o.sites < 1 || o.sites > 60_000 || o.minutes < 1 || o.minutes > 60 || o.then < 0 || o.then > 60 || o.hang < 0 || o.hang > 1 {
		return errors.New("give 1 to 60000 sites, 1 to 60 minutes, and a share of 0 to 1 that hangs")
	}
	if o.fakes {
		return serveFakes(ctx, o, os.Stdout)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(o.minutes+o.then+2)*time.Minute)
	defer cancel()
	world, err := startFakes(ctx, o)
	if err != nil {
		return err
	}
	measure := measureLookout
	if o.blackbox != "" {
		measure = measureBlackbox
	}
	err = measure(ctx, o, world)
	asked, stopErr := world.stop()
	fmt.Fprintln(o.out, asked)
	return errors.Join(err, stopErr)
}

// world is the fakes as they run.
type world struct {
	port string // on which all of them listen
	ca   string // file with the certificate of their authority
	in   io.WriteCloser
	out  *bufio.Reader
	cmd  *exec.Cmd
}

// startFakes runs this program again as the sites, and returns when they listen.
func startFakes(ctx context.Context, o options) (*world, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "-fakes", "-sites", fmt.Sprint(o.sites), "-hang", fmt.Sprint(o.hang))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	w := &world{in: in, out: bufio.NewReader(out), cmd: cmd}
	line, err := w.out.ReadString('\n')
	port, ca, ok := strings.Cut(strings.TrimSpace(line), " ")
	if err != nil || !ok {
		return nil, errors.Join(fmt.Errorf("the fakes said %q: %w", line, err), cmd.Wait())
	}
	w.port, w.ca = port, ca
	return w, nil
}

// allHang has every site hang from now on.
func (w *world) allHang() error {
	_, err := io.WriteString(w.in, "hang\n")
	return err
}

// stop ends the fakes, which end with their standard input, and returns what they say of how often they were asked.
func (w *world) stop() (asked string, err error) {
	_ = w.in.Close()
	rest, err := io.ReadAll(w.out)
	return strings.TrimSpace(string(rest)), errors.Join(err, w.cmd.Wait())
}

// name and address are what the i-th site is called and where it is.
func name(i int) string { return fmt.Sprintf("site-%d.example", i) }

func address(i int) [4]byte {
	return [4]byte{127, 20 + byte(i/62_500), byte(i / 250 % 250), 1 + byte(i%250)}
}

func hangs(i int, share float64) bool { return float64(i%1000) < share*1000 }
