# Sourced by scripts that need Debian's package sources.

# Prints the machine's own entry for Debian's main archive, for the suite named as argument.
entry_for() {
    local line release source codename
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    line=$(apt-get indextargets 'Created-By: Packages' "Origin: Debian" "Label: Debian" \
        "Codename: $codename" "Component: main" --format '$(RELEASE) $(SOURCESENTRY)' | awk 'NR == 1')
    [ -n "$line" ] || return 0
    release=${line%% *} source=${line#* }
    case $source in
        *.sources:*)
            # The number after the colon counts stanzas.
            RELEASE=$release SUITE=$1 INDEX=${source##*:} perl -00 -ne '
                next unless /^Types:/mi and ++$n == $ENV{INDEX};
                s/^#.*\n//mg;
                s/^(Types|Suites|Components):.*\n(?:[ \t].*\n)*//mgi;
                s/\s*\z/\n/;
                print "Types: deb\nSuites: $ENV{SUITE}\nComponents: main\n$_"' "${source%:*}"
            ;;
        *.list:*)
            # The number after the colon counts lines.
            sed -nE "${source##*:}s/^(deb +(\[[^]]*\] +)?[^ ]+ +)$release .*/\1$1 main/p" "${source%:*}"
            ;;
    esac
}
