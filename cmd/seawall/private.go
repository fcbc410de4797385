package main

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
)

// ownHost is what --allow-private says when no host stands behind it.
const ownHost = "the host of the URL"

// privateHosts is the flag --allow-private. With a host, it allows that; alone, it allows the URL's own. As the flag's host may stand in a word of
// its own or be left out, which of the words is the URL is seen by its "://".
type privateHosts struct {
	hosts []string
	alone int // how often the flag stood without "="
}

func (p *privateHosts) String() string { return strings.Join(p.hosts, ", ") }

// Type names the flag's value in help.
func (p *privateHosts) Type() string { return "host" }

// Set takes one flag.
func (p *privateHosts) Set(host string) error {
	if host == ownHost {
		p.alone++
		return nil
	}
	p.hosts = append(p.hosts, host)
	return nil
}

// split returns the URL among the words of a command line, and the hosts that may be private.
func (p *privateHosts) split(args []string) (raw string, allowed []string, err error) {
	allowed = slices.Clone(p.hosts)
	alone := p.alone
	for _, arg := range args {
		switch {
		case raw == "" && strings.Contains(arg, "://"):
			raw = arg
		case !strings.Contains(arg, "://") && alone > 0:
			allowed = append(allowed, arg)
			alone--
		default:
			return "", nil, fmt.Errorf("%q: give one URL that begins with http:// or https://", arg)
		}
	}
	if raw == "" {
		return "", nil, fmt.Errorf("give one URL that begins with http:// or https://")
	}
	if alone == 0 {
		return raw, allowed, nil
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "", nil, err
	}
	return raw, append(allowed, u.Hostname()), nil
}

// hostsFile is where the system gives names addresses of its own.
const hostsFile = "/etc/hosts"

// maxHosts is how much of it is read, in bytes.
const maxHosts = 1 << 20

// privateAddresses returns the addresses that a hosts file gives to hosts: private names are often found nowhere else. A file that cannot be
// read gives none.
func privateAddresses(file string, hosts []string) map[string][]netip.Addr {
	if len(hosts) == 0 {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }() // it was only read
	found := make(map[string][]netip.Addr)
	lines := bufio.NewScanner(io.LimitReader(f, maxHosts))
	for lines.Scan() {
		text, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(text)
		if len(words) < 2 {
			continue
		}
		addr, err := netip.ParseAddr(words[0])
		if err != nil {
			continue
		}
		for _, host := range hosts {
			if slices.ContainsFunc(words[1:], func(name string) bool { return strings.EqualFold(name, host) }) {
				found[host] = append(found[host], addr)
			}
		}
	}
	return found
}
