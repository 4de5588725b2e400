"""PHP applications as Debian's packages have them: none of their code is changed; configuration and data are a test's own."""
