package agent

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/seawall-project/seawall/internal/egress"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// Of a file of allowed domains.
const (
	maxAllowBytes = 1 << 20
	maxLine       = 4096
)

// ReadAllow reads the registrable domains that a place may ask, one a line; what follows "#" is left out. A name that is none, or is no
// registrable domain, is an error with its line, as is a file without any: a list that allows all does not exist.
func ReadAllow(r io.Reader) ([]string, error) {
	var all []string
	err := eachLine(r, func(n int, text string) error {
		host, err := egress.Host(text)
		if err != nil {
			return fmt.Errorf("line %d: %.80q is no domain", n, text)
		}
		if site := probe.Site(host, 0); site != host {
			return fmt.Errorf("line %d: %s is below %s: write the registrable domain", n, host, site)
		}
		all = append(all, host)
		return nil
	})
	if err == nil && len(all) == 0 {
		err = errors.New("no domain is allowed")
	}
	return all, err
}

// ReadSentinels reads sentinels, one a line: the network it is in, and its URL.
func ReadSentinels(r io.Reader) ([]Sentinel, error) {
	var all []Sentinel
	err := eachLine(r, func(n int, text string) error {
		words := strings.Fields(text)
		if len(words) != 2 {
			return fmt.Errorf("line %d: write a network and a URL, as AS64500 https://one.example/", n)
		}
		all = append(all, Sentinel{Network: words[0], URL: words[1]})
		return nil
	})
	return all, err
}

// eachLine calls take with each line that says something.
func eachLine(r io.Reader, take func(n int, text string) error) error {
	lines := bufio.NewScanner(io.LimitReader(r, maxAllowBytes+1))
	lines.Buffer(make([]byte, 0, maxLine), maxLine)
	bytes := 0
	for n := 1; lines.Scan(); n++ {
		if bytes += len(lines.Bytes()) + 1; bytes > maxAllowBytes {
			return fmt.Errorf("longer than %d bytes", maxAllowBytes)
		}
		text, _, _ := strings.Cut(lines.Text(), "#")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if err := take(n, text); err != nil {
			return err
		}
	}
	return lines.Err()
}
