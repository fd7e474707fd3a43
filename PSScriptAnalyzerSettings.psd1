# How the scripts of this repository are looked through: Invoke-ScriptAnalyzer ./build.ps1 -Settings ./PSScriptAnalyzerSettings.psd1.
# tests/Manners.Tests.ps1 does so with all of them. Each rule that is left out has its reason.
@{
    ExcludeRules = @(
        # Blocks of a Pester suite hand variables on to each other (BeforeAll to It, BeforeDiscovery to -ForEach), which the rule does not see.
        'PSUseDeclaredVarsMoreThanAssignments'

        # It does not see parameters that are used in a function of the script, or a script block.
        'PSReviewUnusedParameter'

        # Functions inside a script are called by position, as short lines say more.
        'PSAvoidUsingPositionalParameters'

        # They are no cmdlets either: nobody calls them with -WhatIf.
        'PSUseShouldProcessForStateChangingFunctions'

        # The build and the demo talk to whoever watches them, and their output is for nobody else.
        'PSAvoidUsingWriteHost'

        # Suites run lines of text: what a completion made of a line, and lines out of a table of cases.
        'PSAvoidUsingInvokeExpression'

        # PowerShell 7 reads UTF-8 without a mark, and .editorconfig asks for none.
        'PSUseBOMForUnicodeEncodedFile'
    )
}
