package cert

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"time"
)

// maxFile is the most that a certificate or key file may hold, in bytes.
const maxFile = 1 << 20

// pair is a certificate and its key in two files.
type pair struct {
	held
	site Site
	cert stamp // as last read, whatever came of that
	key  stamp
}

// stamp tells whether a file has changed.
type stamp struct {
	modified time.Time
	size     int64
}

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{info.ModTime(), info.Size()}
}

// readPair reads a site's files and checks that they fit together and the site.
func readPair(i int, site *Site) (*pair, Problems) {
	p := &pair{site: *site, cert: stampOf(site.Cert), key: stampOf(site.Key)}
	certPEM, err := readFile(site.Cert)
	if err != nil {
		return nil, Problems{{i, "cert", err.Error(), "give Seawall's user the right to read it, or correct the path"}}
	}
	if err := private(site.Key); err != nil {
		return nil, Problems{{i, "key", err.Error(), "chmod 640 " + site.Key}}
	}
	keyPEM, err := readFile(site.Key)
	if err != nil {
		return nil, Problems{{i, "key", err.Error(), "give Seawall's user the right to read it, or correct the path"}}
	}
	cert, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, Problems{{i, "", fmt.Sprintf("certificate and key cannot be used: %v", err), "name a PEM certificate with its chain, and its own key"}}
	}
	if problems := fits(i, site, cert.Leaf); problems != nil {
		return nil, problems
	}
	p.held.cert.Store(&cert)
	return p, nil
}

// fits reports the names of a site that its certificate does not hold for.
func fits(i int, site *Site, leaf *x509.Certificate) (problems Problems) {
	for _, name := range site.names() {
		if err := leaf.VerifyHostname(name); err != nil {
			problems = append(problems, Problem{i, "cert", "the certificate does not hold for " + name, "have it issued for all names of the site"})
		}
	}
	return problems
}

func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > maxFile:
		return nil, fmt.Errorf("%s is no file of at most 1 MiB", path)
	}
	return os.ReadFile(path)
}

// othersMay are rights to a private key that only its owner, and to read it a group of the owner's choice, should have.
const othersMay fs.FileMode = 0o027

// private reports a key file that others may read or change. Where files have no such rights it reports nothing.
func private(path string) error {
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" {
		return err
	}
	if mode := info.Mode().Perm(); mode&othersMay != 0 {
		return fmt.Errorf("others may use the key %s (mode %04o)", path, mode)
	}
	return nil
}

// reread reads the files again that have changed. Those that cannot be used leave what was there in force.
func (k *Keeper) reread() {
	set := k.inUse()
	if set == nil {
		return
	}
	for _, p := range set.pairs {
		cert, key := stampOf(p.site.Cert), stampOf(p.site.Key)
		if cert == p.cert && key == p.key {
			continue
		}
		p.cert, p.key = cert, key
		again, problems := readPair(0, &p.site)
		if problems != nil {
			k.failed(p.site.Name, errors.New(problems[0].Message))
			continue
		}
		p.held.cert.Store(again.held.cert.Load())
		k.mended(p.site.Name)
		k.Logger.Info("certificate files read again", "name", p.site.Name)
	}
}
