# SPDX-License-Identifier: MIT
"""List the names of -f and -m options, by families, and the values of some options."""

from __future__ import annotations

# Names of -f options, with and without no-, values left out. A star ends a family.
TOLD_FEATURES = """
    PIC PIE asm blocks borland-extensions builtin builtin-* cf-protection declspec
    dollars-in-identifiers exceptions finite-math-only freestanding gnu89-inline gnuc-version inline
    lax-vector-conversions macro-prefix-map math-errno ms-compatibility ms-compatibility-version
    ms-extensions openmp pack-struct pic pie short-enums short-wchar signed-bitfields
    signed-char stack-protector stack-protector-all stack-protector-strong unsigned-bitfields
    unsigned-char
"""
# Of families below, but these make the compiler add calls of functions that a program may define.
UNSAFE_FEATURES = "pch-preprocess profile-arcs profile-generate split-stack"
HARMLESS_FEATURES = """
    abi-version addrsig aggressive-loop-optimizations align-* allocation-dce
    allow-parameterless-variadic-functions allow-store-data-races analyzer* approx-func
    argument-* asan-* associative-math assume-* asynchronous-unwind-tables auto-*
    basic-block-sections* binutils-version bit-tests bounds-check* branch-* btr-bb-exclusive
    call-saved-* call-used-* caller-saves callgraph-info* canonical-system-headers
    caret-diagnostics cf-runtime-abi check-data-deps check-new checking code-hoisting
    color-diagnostics colour-diagnostics combine-stack-adjustments common compare-debug*
    compare-elim complete-member-pointers concepts-diagnostics-depth conserve-stack constexpr-*
    coverage-compilation-dir cprop-registers crash-diagnostics* crossjumping cse-*
    cx-fortran-rules cx-limited-range data-sections dbg* dce debug* defer-pop
    define-target-os-macros delayed-branch delete-dead-exceptions delete-null-pointer-checks
    denormal-fp-math* devirtualize* diagnostics-* disable-* dse early-inlining elide-*
    eliminate-* emit-* enable-* error-limit excess-precision expensive-optimizations
    experimental-* extended-identifiers fat-lto-objects file-prefix-map
    fine-grained-bitfield-accesses finite-loops fixed-* fixit* float-store fold-simple-inlines
    force-* forward-propagate fp-contract fp-int-builtin-inexact function-cse function-sections
    dwarf2-cfi-asm gcse* global-isel gnat-encodings gnu-unique graphite* guess-branch-probability
    harden-compares harden-conditional-branches hoist-adjacent-loads ident if-*
    indirect-inlining inhibit-size-directive inline-* instrument-functions-exclude*
    integrated-as integrated-cc1 ipa-* ira-* isolate-* ivopts jump-table* keep-*
    large-source-files lifetime-dse limit-function-alignment live-patching live-range-shrinkage
    loop-* lra-remat lto* macro-backtrace-limit max-errors max-include-depth mem-report
    mem-report-wpa memory-profile* merge-* message-length minimize-whitespace modulo-sched*
    move-loop* new-infallible nothrow-opt odr-hash-protocols offload-* omit-frame-pointer
    openacc-dim openmp-simd optimize-* order-file-instrumentation partial-inlining
    patchable-function-entry pcc-struct-return pch-* peel-loops peephole*
    permitted-flt-eval-methods plt plugin-arg-* post-ipa-mem-report pre-ipa-mem-report
    predictive-commoning prefetch-* printf-return-value profile-* pseudo-probe-for-profiling
    random-seed record-* ree reg-struct-return register-global-dtors-with-atexit regmove
    rename-* reorder-* report-bug rerun-* reschedule-modulo-scheduled-loops rtti sanitize-*
    save-optimization-record* sched* section-anchors see sel-sched* selective-*
    semantic-interposition separate-named-sections show-* shrink-wrap* simd-cost-model
    single-precision-constant slp-vectorize* spell-checking* split-* ssa-* stack-* stdarg-opt
    store-merging strength-reduce strict-aliasing strict-enums strict-flex-arrays
    strict-float-cast-overflow strict-overflow strict-return strict-volatile-bitfields
    sync-libcalls tabstop template-depth thinlto-index thread-jumps threadsafe-statics
    time-report time-report-details tls-model toplevel-reorder tracer track-macro-expansion
    trampolines trapv tree-* trivial-auto-var-init typo-correction unconstrained-commons
    unique-* unit-at-a-time unroll-* unsafe-loop* unswitch-loops unwind* use-* var-tracking*
    variable-expansion-in-unroller vect-* vectorize* verbose-asm verify-intermediate-code
    version* virtual-function-elimination visibility visibility-* vpt vtable-verify vtv-counts
    vtv-debug web whole-program whole-program-vtables working-directory wrapv* xray-* zee
    zero-call-used-regs zero-initialized-in-bss
"""
SANITIZERS = {  # GCC's macros; Clang has none
    "address": "__SANITIZE_ADDRESS__",
    "kernel-address": "__SANITIZE_ADDRESS__",
    "hwaddress": "__SANITIZE_HWADDRESS__",
    "kernel-hwaddress": "__SANITIZE_HWADDRESS__",
    "thread": "__SANITIZE_THREAD__",
}

# Names of -m options, likewise. What libclang takes for x86, and for other processors:
TOLD_MACHINE = """
    16 32 64 x32 80387 align-double arch cmodel hard-float iamcu long-double-80
    ms-bitfields regparm rtd
    3dnow 3dnowa adx aes amx-bf16 amx-int8 amx-tile avx avx2 avx512bf16 avx512bitalg avx512bw
    avx512cd avx512dq avx512er avx512f avx512fp16 avx512ifma avx512pf avx512vbmi avx512vbmi2
    avx512vl avx512vnni avx512vp2intersect avx512vpopcntdq avxvnni bmi bmi2 cldemote clflushopt
    clwb clzero crc32 cx16 enqcmd f16c fma fma4 fsgsbase fxsr gfni hreset kl lwp lzcnt mmx movbe
    movdir64b movdiri mwaitx pclmul pconfig pku popcnt prefetchwt1 prfchw ptwrite rdpid rdrnd
    rdseed rtm sahf serialize sgx sha shstk sse sse2 sse3 sse4 sse4.1 sse4.2 sse4a ssse3 tbm
    tsxldtrk uintr vaes vpclmulqdq waitpkg wbnoinvd widekl xop xsave xsavec xsaveopt xsaves
"""
TOLD_ELSEWHERE = """
    abi apcs-* arch arm big-endian branch-protection cmodel cpu float-abi fpu general-regs-only
    hard-float little-endian outline-atomics relax save-restore soft-float strict-align thumb
    unaligned-access
"""
HARMLESS_MACHINE = """
    8bit-idiv accumulate-outgoing-args address-mode align-data align-functions
    align-jumps align-loops align-stringops asm avx256-split-* branch-cost call-ms2sysv-xlogues
    cet-switch cld cpu default direct-extern-access dispatch-scheduler dump-tune-features
    fancy-math-387 fentry-name fentry-section fix-* force-drap force-indirect-call fp-ret-in-387
    fpmath function-return fused-madd glibc harden-sls hle ieee-fp implicit-float
    incoming-stack-boundary indirect-branch* inline-all-stringops inline-stringops-*
    instrument-return intel-syntax large-data-threshold lvi-* manual-endbr memcpy-strategy
    memset-strategy mitigate-rop move-max mwait needed nop-mcount omit-leaf-frame-pointer
    pc-relative-literal-loads pc32 pc64 pc80 prefer-avx128 prefer-vector-width
    preferred-stack-boundary push-args recip record-mcount record-return red-zone
    relax-all relax-cmpxchg-loop retpoline* seses sign-return-address skip-rax-setup
    speculative-load-hardening sse2avx sseregparm stack-alignment stack-arg-probe
    stack-probe-size stack-protector-guard* stackrealign store-max stringop-strategy stv
    thumb-interwork tls-dialect tls-direct-seg-refs tls-size tp tune* veclibabi
    vect8-ret-in-mem vzeroupper word-relocations
"""
# Values that libclang 18 knows; another one ends the parse of the whole unit.
PROCESSORS = """
    alderlake amdfam10 arrowlake athlon athlon-4 athlon-fx athlon-mp athlon-tbird athlon-xp athlon64
    athlon64-sse3 atom barcelona bdver1 bdver2 bdver3 bdver4 bonnell broadwell btver1 btver2 c3 c3-2
    cannonlake cascadelake clearwaterforest cooperlake core-avx-i core-avx2 core2 corei7 corei7-avx
    emeraldrapids geode goldmont goldmont-plus grandridge graniterapids haswell i386 i486 i586 i686
    icelake-client icelake-server ivybridge k6 k6-2 k6-3 k8 k8-sse3 knl knm lakemont lunarlake
    meteorlake native nehalem nocona opteron opteron-sse3 pantherlake pentium pentium-m pentium-mmx
    pentium2 pentium3 pentium3m pentium4 pentium4m pentiumpro prescott raptorlake rocketlake
    sandybridge sapphirerapids sierraforest silvermont skylake skylake-avx512 slm tigerlake tremont
    westmere winchip-c6 winchip2 x86-64 x86-64-v2 x86-64-v3 x86-64-v4 yonah znver1 znver2 znver3
    znver4
    """
NAMED_PROCESSORS = """
    alderlake cannonlake cascadelake cooperlake goldmont goldmont-plus haswell icelake-client
    icelake-server rocketlake sapphirerapids skylake skylake-avx512 tigerlake tremont znver1 znver2
    znver3 znver4
"""
STANDARDS = frozenset(
    f"{family}{year}"
    for family in ("c", "gnu")
    for year in ("89", "90", "99", "9x", "11", "1x", "17", "18", "2x", "23")
) | {f"iso9899:{y}" for y in ("1990", "199409", "1999", "199x", "2011", "2017", "2018")}
NEWER_STANDARDS = {"c2y": "c23", "gnu2y": "gnu23", "iso9899:2024": "c23"}
