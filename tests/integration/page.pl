#!/usr/bin/perl
# As page.c, on Perl's FCGI: does what the X-Test-* headers ask for and shows its SESSION_* params. Use: page.pl SOCKET
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use FCGI;

my %env;
my $socket = FCGI::OpenSocket($ARGV[0], 256);
my $request = FCGI::Request(\*STDIN, \*STDOUT, \*STDERR, \%env, $socket);
while ($request->Accept() >= 0) {
    my $body = '';
    1 while read(STDIN, $body, 1 << 16, length $body);    # before the answer begins: see page.c
    select(undef, undef, undef, $env{HTTP_X_TEST_WAIT} || 0);
    printf "Status: %s\r\nContent-Type: text/plain\r\n", $env{HTTP_X_TEST_STATUS} || 200;
    print "X-Session-$_\r\n" for split /\|/, $env{HTTP_X_TEST_SAY} || '';
    print "\r\n";
    if ($env{REQUEST_METHOD} eq 'POST') {
        printf "%d %s\n", length $body, sha256_hex($body);
    } elsif ($env{HTTP_X_TEST_BYTES}) {
        print 'x' x $env{HTTP_X_TEST_BYTES};
    } else {
        print "$_=$env{$_}\n" for grep { /^SESSION_/ || $env{HTTP_X_TEST_SHOW} } sort keys %env;
    }
}
